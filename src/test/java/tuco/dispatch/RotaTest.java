package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Decisions 5.5: workspaces take turns, whatever number of lines each has. */
class RotaTest {
  @Test
  void aWorkspaceWithManyLinesGetsNoMoreTurnsThanOneWithASingleLine() {
    Rota rota = new Rota();
    UUID large = new UUID(1, 0);
    UUID small = new UUID(2, 0);
    List<HeldLine> lines = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      lines.add(new HeldLine(new LineKey(large, new UUID(1, i)), 1));
    }
    lines.forEach(rota::add);
    HeldLine single = new HeldLine(new LineKey(small, new UUID(2, 1)), 1);
    rota.add(single);
    assertThat(rota.next(2)).containsExactly(lines.getFirst(), single);
    rota.add(single);
    assertThat(rota.next(4)).contains(single);
  }

  @Test
  void theLinesOfAWorkspaceTakeTurnsAndEachStandsInItOnce() {
    Rota rota = new Rota();
    HeldLine first = new HeldLine(new LineKey(new UUID(1, 0), new UUID(1, 1)), 1);
    HeldLine second = new HeldLine(new LineKey(new UUID(1, 0), new UUID(1, 2)), 1);
    rota.add(first);
    rota.add(second);
    rota.add(first);
    assertThat(rota.next(1)).containsExactly(first);
    rota.add(first);
    assertThat(rota.next(9)).containsExactly(second, first);
    assertThat(rota.isEmpty()).isTrue();
  }
}
