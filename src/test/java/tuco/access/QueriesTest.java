package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Row security is the second lock; the first is that each statement names the workspace (decisions 3.2, standards 4.9 L7). Read
 * from the sources: a statement on a tenant table that does not is named here with its reason.
 */
class QueriesTest {
  private static final Map<String, String> ACROSS = Map.of(
      "Leads.java leads", "the beginning of a statement whose end names it",
      "SupportAccess.java staff_grants", "the beginning of a statement whose end names it",
      "Leases.java line_leases", "a node that stops gives back what it holds, of whatever workspace (L8)",
      "MailReaders.java mailboxes", "a node that stops gives back what it holds, of whatever workspace (L8)",
      "DeliveryStore.java webhook_deliveries", "what a dead node held is taken back, of whatever workspace (L8)",
      "SimulatedReplies.java simulator_replies", "what is due is brought in, of whatever workspace (L8)");

  private static final Pattern TEXT = Pattern.compile("\"\"\"(.*?)\"\"\"|\"((?:[^\"\\\\\n]|\\\\.)*)\"", Pattern.DOTALL);
  private static final Pattern STATEMENT = Pattern.compile("\\b(select|insert|update|delete)\\b");
  private static final Pattern TABLE = Pattern.compile("\\b(?:from|join|update|into)\\s+(\\w+)");

  @Test
  void everyStatementOnATenantTableNamesTheWorkspace() throws IOException {
    List<String> tables = texts("src/main/resources/db", ".sql").flatMap(file -> Pattern.compile("create table (\\w+)").matcher(read(file)).results())
        .map(table -> table.group(1)).filter(table -> !CatalogueTest.GLOBAL.containsKey(table)).toList();
    TreeSet<String> nameless = new TreeSet<>();
    int named = 0;
    for (Path file : texts("src/main/java", ".java").toList()) {
      for (MatchResult text : TEXT.matcher(read(file)).results().toList()) {
        String sql = text.group(1) == null ? text.group(2) : text.group(1);
        Matcher table = TABLE.matcher(sql);
        while (STATEMENT.matcher(sql).find() && table.find()) {
          if (tables.contains(table.group(1)) && sql.contains("workspace")) {
            named++;
          } else if (tables.contains(table.group(1))) {
            nameless.add(file.getFileName() + " " + table.group(1));
          }
        }
      }
    }
    assertThat(nameless).isEqualTo(new TreeSet<>(ACROSS.keySet()));
    assertThat(named).as("there is something to see").isGreaterThan(500);
  }

  private static Stream<Path> texts(String folder, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      return files.filter(file -> file.toString().endsWith(ending)).toList().stream();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
