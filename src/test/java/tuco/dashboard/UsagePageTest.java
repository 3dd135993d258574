package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** B3, B6: the usage page shows each limit with its bar, reset and zone, which one binds, and the last thirty days. */
class UsagePageTest {
  @Test
  void thePageSaysWhatIsUsedWhatBindsAndWhyNothingMayBeWritten() {
    try (Browser browser = Browser.start(); World world = new World()) {
      TestWorkspace workspace = world.aWorkspace();
      String line = world.aSimulatorLine(workspace.id());
      world.database().crossing(tx -> {
        tx.update("update workspaces set plan = 'starter', zone = 'Europe/Berlin', plan_expires_at = now() + interval '3 days' where workspace_id = :w")
            .bind("w", workspace.id()).execute();
        tx.update("""
                insert into usage_counters (workspace_id, line_id, kind, period_start, used)
                select :w, cast('00000000-0000-0000-0000-000000000000' as uuid), k.kind,
                       date_trunc('day', now(), 'Europe/Berlin') - d * interval '1 day',
                       case when k.kind = 'workspace_new_day' then (d * 7) % 40 when d = 0 then 150 else 20 + (d * 37) % 120 end
                  from generate_series(0, 27) d, (values ('workspace_day'), ('workspace_new_day')) k(kind)""")
            .bind("w", workspace.id()).execute();
        tx.update("""
                insert into usage_counters (workspace_id, line_id, kind, period_start, used)
                values (:w, :l, 'line_day', date_trunc('day', now(), 'UTC'), 150)""")
            .bind("w", workspace.id()).bind("l", Ids.parse(Kind.LINE, line)).execute();
        return tx.update("update lines set daily_total_limit = 200, daily_new_limit = 50 where workspace_id = :w").bind("w", workspace.id()).execute();
      });
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        Page page = browser.visitor(world.url(), 1360, 900, scheme);
        Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
        page.navigate("/usage");
        assertThat(page.locator(".banner")).containsText("Messages wait now, because the workspace has reached its limit of messages for today");
        assertThat(page.locator("main")).containsText("150 of 150");
        assertThat(page.locator("main")).containsText("Europe/Berlin");
        assertThat(page.locator("svg.chart rect.column")).hasCount(30);
        Browser.requireAccessible(page);
        Browser.picture(page, "usage-full-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
      }
      world.database().crossing(tx -> tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w")
          .bind("w", workspace.id()).execute());
      Page page = browser.visitor(world.url());
      Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
      for (String path : List.of("/usage", "/settings/workspace")) {
        page.navigate(path);
        assertThat(page.locator(".banner").first()).containsText(Frame.READ_ONLY);
        assertThat(page.locator(".banner").first()).containsText("A payment is due. An owner settles it");
        Browser.requireAccessible(page);
        Browser.picture(page, "read-only" + path.replace('/', '-'));
      }
      assertThat(browser.complaints()).isEmpty();
    }
  }
}
