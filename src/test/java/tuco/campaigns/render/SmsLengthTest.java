package tuco.campaigns.render;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts of an SMS as the standard counts them (connectors.md 5). */
class SmsLengthTest {
  @ParameterizedTest
  @CsvSource({
      "a, 0, 0, 1", "a, 160, 160, 1", "a, 161, 161, 2", "a, 306, 306, 2", "a, 307, 307, 3",
      "€, 80, 160, 1", "€, 81, 162, 2", "€, 153, 306, 3", "é, 160, 160, 1",
      "ł, 70, 70, 1", "ł, 71, 71, 2", "ł, 134, 134, 2", "ł, 135, 135, 3", "😀, 35, 70, 1", "😀, 67, 134, 3"})
  void partsAreCountedExactly(String character, int times, int units, int parts) {
    assertThat(SmsLength.of(character.repeat(times))).extracting(SmsLength::units, SmsLength::parts).containsExactly(units, parts);
  }
}
