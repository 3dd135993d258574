package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions 6.2: a step is known by its number wherever an edit moves it. */
class StepsTest {
  private static Step step(String text) {
    String[] parts = text.split("#");
    return new Step(parts.length > 1 ? Integer.parseInt(parts[1]) : -1, List.of(new Step.Variant(parts[0], 1)), 0, Step.Unit.DAYS, List.of(), List.of(), null);
  }

  private static List<Step> steps(String texts) {
    return Arrays.stream(texts.split(" ")).map(StepsTest::step).toList();
  }

  @ParameterizedTest
  @CsvSource({"A B C,0 1 2", "A B2 C,0 1 2", "X A B C,3 0 1 2", "A C,0 2", "C A B,2 0 1", "A B C D,0 1 2 3", "B X,1 3", "X Y Z,0 1 2",
      "C#0 A B,0 3 1", "A#1 B#0 C,1 0 2", "A A B C,0 3 1 2", "A#9 B C,0 1 2"})
  void anEditKeepsTheNumbersOfTheStepsItKeeps(String edited, String numbers) {
    assertThat(Steps.numbered(steps(edited), steps("A#0 B#1 C#2"), 2)).extracting(step -> String.valueOf(step.number()))
        .containsExactly(numbers.split(" "));
  }

  @Test
  void whateverIsEditedNumbersAreUniqueAndTextsKeepTheirs() {
    Random random = new Random(6);
    for (int round = 0; round < 2_000; round++) {
      List<Step> before = steps("A#4 B#0 C#7 D#2");
      List<Step> wanted = random.ints(1 + random.nextInt(6), 0, 8).mapToObj(i -> step(String.valueOf((char) ('A' + i)))).toList();
      List<Step> after = Steps.numbered(wanted, before, 7);
      assertThat(after).extracting(Step::number).doesNotHaveDuplicates();
      for (Step old : before) {
        if (wanted.stream().anyMatch(step -> step.variants().equals(old.variants()))) {
          assertThat(after).as("%s of %s", old, wanted).anyMatch(step -> step.number() == old.number() && step.variants().equals(old.variants()));
        }
      }
    }
  }
}
