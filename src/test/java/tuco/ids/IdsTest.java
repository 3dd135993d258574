package tuco.ids;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.TestClock;

/** Ids say whose they are, sort by when they were made, and are read strictly (decisions 1.2). */
class IdsTest {
  private final TestClock clock = new TestClock("2026-03-01T10:00:00Z");
  private final Ids ids = new Ids(clock);

  @Test
  void anIdCarriesItsTagWhateverItIs() {
    for (int tag : new int[] {1, -1, 0, Integer.MIN_VALUE, 0x12345678}) {
      assertThat(Ids.tag(ids.next(tag))).isEqualTo(tag);
    }
  }

  @Test
  void whatIsWrittenIsReadBack() {
    for (int i = 0; i < 1_000; i++) {
      UUID id = ids.next(ThreadLocalRandom.current().nextInt());
      String text = Ids.text(Kind.MESSAGE, id);
      assertThat(text).matches("ms_[0-7][0-9a-hjkmnp-tv-z]{25}");
      assertThat(Ids.parse(Kind.MESSAGE, text)).isEqualTo(id);
      assertThat(Ids.parse(Kind.LEAD, text)).isNull();
    }
  }

  @Test
  void idsOfOneMillisecondSortInTheOrderTheyWereMade() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      made.add(ids.next(7).toString());
    }
    assertThat(made).isSorted();
    assertThat(new HashSet<>(made)).hasSize(10_000);
  }

  @Test
  void theFloorOfAnInstantIsBelowAllThatWasMadeFromThenOn() {
    Instant now = clock.instant();
    assertThat(ids.next(7).toString()).isGreaterThan(Ids.floor(7, now).toString());
    assertThat(ids.next(7).toString()).isLessThan(Ids.floor(7, now.plusMillis(1)).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "", "ms_", "ms", "ms_0000000000000000000000000", "ms_000000000000000000000000000", "ms_8zzzzzzzzzzzzzzzzzzzzzzzzz",
      "ms_0000000000000000000000000u", "ms_0000000000000000000000000I", "MS_00000000000000000000000000",
      "ms_0000000000000000000000000é", " ms_00000000000000000000000000", "msx00000000000000000000000000"})
  void whatIsNoIdIsNotRead(String text) {
    assertThat(Ids.parse(Kind.MESSAGE, text)).isNull();
  }
}
