package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/standards.md} answers every point once, and what it names as proof is there. */
class StandardsTest {
  private static final Map<Character, Integer> POINTS = Map.of('V', 9, 'L', 8, 'O', 8, 'H', 12, 'P', 5, 'R', 8, 'I', 6, 'T', 4);
  private static final Pattern ROW = Pattern.compile("^\\| ([VLOHPRIT]\\d+) \\| (.+) \\| (.+) \\|$", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  @Test
  void everyPointIsAnsweredOnceAndNamesAProofThatExists() throws IOException {
    List<MatchResult> rows = ROW.matcher(Files.readString(Path.of("docs/standards.md"))).results().toList();
    List<String> expected = new ArrayList<>();
    POINTS.forEach((letter, count) -> Stream.iterate(1, n -> n <= count, n -> n + 1).forEach(n -> expected.add(letter.toString() + n)));
    assertThat(rows.stream().map(row -> row.group(1))).containsExactlyInAnyOrderElementsOf(expected);
    Set<String> classes;
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      classes = files.map(file -> file.getFileName().toString().replace(".java", "")).collect(Collectors.toSet());
    }
    for (MatchResult row : rows) {
      List<String> proofs = NAME.matcher(row.group(3)).results().map(name -> name.group(1)).toList();
      assertThat(classes).as(row.group()).containsAll(proofs);
      assertThat(proofs.isEmpty()).as(row.group()).isEqualTo(row.group(3).equals("does not apply"));
    }
  }
}
