package tuco.campaigns.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Properties of all texts, on many that chance makes; a failure names the text (P4). */
class TemplatePropertiesTest {
  private static final String[] PIECES = {
    "{", "}", "{{", "}}", "|", "\\", " ", "\n", "a", "name", "{a}", "{{a}}", "{b|", "{spin:", "{{spin:", "\\{", "\\}", "\\|", "é", "😀"
  };
  private static final Map<String, String> VALUES = Map.of("a", "1", "name", " {a}\\ ", "c", " ");

  private static String chance(Random random, int pieces) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(pieces); i >= 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  /** A text that is well formed: braces in braces, both notations, escapes. */
  private static String formed(Random random, int depth) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      boolean twin = random.nextBoolean();
      String open = twin ? "{{" : "{";
      String close = twin ? "}}" : "}";
      switch (depth > 5 ? random.nextInt(2) : random.nextInt(5)) {
        case 0 -> text.append(List.of("x", " ", "\\{", "\\\\", "\\}", "\\|", "é😀", "C:\\d ").get(random.nextInt(8)));
        case 1 -> text.append(open).append(List.of("a", " name ", "c", "d").get(random.nextInt(4))).append(close);
        case 2 -> text.append(open).append(" d |").append(formed(random, depth + 1)).append(close);
        case 3 -> text.append(open).append("spin:").append(formed(random, depth + 1)).append('|')
            .append(formed(random, depth + 1)).append(close);
        default -> text.append("plain ");
      }
    }
    return text.toString();
  }

  @Test
  void noTextMakesItFail() {
    Random random = new Random(1);
    for (int i = 0; i < 25_000; i++) {
      String text = chance(random, 30);
      Template template = Template.parse(text);
      template.faults(Set.of("b"));
      assertThat(template.render(VALUES::get, i).text()).isNotNull();
      assertThat(template.source()).isEqualTo(text);
    }
  }

  @Test
  void writtenDownAndReadAgainItIsTheSame() {
    Random random = new Random(2);
    for (int i = 0; i < 25_000; i++) {
      String text = chance(random, 30);
      Template first = Template.parse(text);
      String written = Written.of(first.nodes());
      Template second = Template.parse(written);
      assertThat(second.faults(Set.of("a", "b", "name", "c", "d"))).as(text)
          .noneMatch(fault -> fault.name() == null && !fault.message().contains("no wording"));
      assertThat(Written.of(second.nodes())).as(text).isEqualTo(written);
      if (first.faults(first.names()).isEmpty()) {
        assertThat(second.render(VALUES::get, i)).as(text).isEqualTo(first.render(VALUES::get, i));
      }
    }
  }

  @Test
  void textWithoutBracesIsSentAsItIs() {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      String text = chance(random, 30).replaceAll("[{}]", "");
      assertThat(Template.parse(text).render(name -> null, i).text()).isEqualTo(text);
    }
  }

  @Test
  void itAgreesWithTheNaiveRendering() {
    Random random = new Random(4);
    int compared = 0;
    for (int i = 0; i < 20_000; i++) {
      String text = i % 2 == 0 ? formed(random, 0) : chance(random, 12);
      Template template = Template.parse(text);
      if (template.faults(template.names()).isEmpty()) {
        String expected = new NaiveRendering(text, new HashMap<>(VALUES), i).text();
        if (expected.length() <= Template.TEXT_MAX) {
          assertThat(template.render(VALUES::get, i).text()).as(text).isEqualTo(expected);
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(8_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{{", "}", "\\", "{a|", "{spin:", "{spin:a|", "|", "{a", "{a}", "{ ", "{spin:{a|", "a{\\", "{{a|b}"})
  void aMegabyteOfAnythingIsReadInLinearTime(String piece) {
    String text = piece.repeat(1_000_000 / piece.length());
    // Anything quadratic would take minutes.
    assertThat(time(text)).isLessThan(Duration.ofSeconds(3));
  }

  private static Duration time(String text) {
    long start = System.nanoTime();
    Template template = Template.parse(text);
    template.faults(Set.of());
    template.render(name -> "x", 1);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void aRetrySaysTheSameWordsAndAnotherLeadOthers() {
    Template template = Template.parse("{spin:a|b|c|d}{spin:a|b|c|d}{spin:a|b|c|d}{spin:a|b|c|d}");
    UUID campaign = new UUID(1, 2);
    UUID lead = new UUID(3, 4);
    String words = template.render(VALUES::get, Choice.seed(campaign, 0, lead)).text();
    assertThat(Template.parse(template.source()).render(VALUES::get, Choice.seed(campaign, 0, lead)).text()).isEqualTo(words);
    assertThat(template.render(VALUES::get, Choice.seed(campaign, 1, lead)).text()).isNotEqualTo(words);
    assertThat(template.render(VALUES::get, Choice.seed(campaign, 0, new UUID(3, 5))).text()).isNotEqualTo(words);
    // Fixed for ever: another algorithm would change what a campaign under way says.
    assertThat(words).isEqualTo("bcad");
  }

  @Test
  void variantsComeInProportionToTheirWeights() {
    int[] weights = {70, 20, 0, 10};
    int[] counts = new int[4];
    int n = 100_000;
    for (int i = 0; i < n; i++) {
      counts[Choice.variant(weights, Choice.seed(new UUID(9, 9), 0, new UUID(0, i)))]++;
    }
    for (int i = 0; i < 4; i++) {
      assertThat(counts[i] * 100.0 / n).isCloseTo(weights[i], within(0.6));
    }
    assertThat(counts[2]).isZero();
    assertThat(Choice.variant(new int[] {0, -5}, 1)).isBetween(0, 1);
    assertThat(Choice.variant(new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}, -1)).isEqualTo(1);
  }

  @Test
  void whichVariantALeadGetsSaysNothingAboutItsSpins() {
    Template spin = Template.parse("{spin:0|1}");
    int both = 0;
    int n = 40_000;
    for (int i = 0; i < n; i++) {
      long seed = Choice.seed(new UUID(9, 9), 0, new UUID(0, i));
      both += Choice.variant(new int[] {1, 1}, seed) == 1 && spin.render(VALUES::get, seed).text().equals("1") ? 1 : 0;
    }
    assertThat(both * 100.0 / n).isCloseTo(25, within(1.0));
  }
}
