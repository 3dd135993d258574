package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What proxies say about the client counts only where the operator named them (standards 4.1 H12). */
class ProxiesTest {
  private static World world;
  private static World.TestWorkspace workspace;
  private static Api behindProxies;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    behindProxies = new Api(
        "http://127.0.0.1:" + world.startNodeBehind(List.of("127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48")).port(), workspace.key());
    assertThat(behindProxies.patch(key(), "{\"label\":\"x\"}").status()).as("a key without the right").isEqualTo(403);
    world.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate("""
            update api_keys set allowed_addresses = '{203.0.113.7,2001:db8:1::/64}'
             where workspace_id = :workspace""").execute());
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static String key() {
    return "/api/api-keys/" + Ids.text(Kind.KEY, workspace.keyId());
  }

  @Test
  void withoutAConfiguredProxyTheClientsWordIsWorthNothing() {
    assertThat(workspace.api().with("X-Forwarded-For", "203.0.113.7").get("/api/whoami").status()).isEqualTo(403);
  }

  @Test
  void theLastAddressThatIsNoProxyOfOursIsTheClients() {
    for (String right : List.of(
        "203.0.113.7", "198.51.100.1, 203.0.113.7", "nonsense, 203.0.113.7", "203.0.113.7, 10.1.2.3", "203.0.113.7,10.1.2.3 , 10.9.9.9",
        "203.0.113.7:51234", "203.0.113.7,", "::ffff:203.0.113.7", "2001:db8:1::5", "[2001:db8:1::5]:443", "2001:DB8:1:0:0:0:0:5, 2001:db8:ffff::1")) {
      assertThat(from(right)).as(right).isEqualTo(200);
    }
    for (String wrong : List.of(
        "198.51.100.1", "203.0.113.7, 198.51.100.1", "203.0.113.7, 198.51.100.1, 10.1.2.3", "203.0.113.7, nonsense", "", ",",
        "203.0.113.999", "2001:db8:1:1::5", "[", "203.0.113.7 10.1.2.3")) {
      assertThat(from(wrong)).as(wrong).isEqualTo(403);
    }
  }

  private static int from(String forwarded) {
    return behindProxies.with("X-Forwarded-For", forwarded).get("/api/whoami").status();
  }

  @Test
  void blocksAndAddressesAreReadWithoutEverAskingAName() {
    for (String good : List.of("192.0.2.1", "192.0.2.0/24", "::1", "2001:db8::/32", "0.0.0.0/0", "::ffff:192.0.2.1")) {
      assertThat(Cidr.valid(good)).as(good).isTrue();
    }
    for (String bad : List.of("", "/", "192.0.2.1/33", "192.0.2", "192.0.2.999", "2001:db8::/129", "localhost", "a.b.c.d", ":::", "1.2.3.4/-1", "::1%lo")) {
      assertThat(Cidr.valid(bad)).as(bad).isFalse();
    }
    assertThat(Cidr.anyContains(List.of("192.0.2.0/24"), "::ffff:192.0.2.9")).isTrue();
    assertThat(Cidr.anyContains(List.of("2001:db8::/32"), "2001:db9::1")).isFalse();
  }
}
