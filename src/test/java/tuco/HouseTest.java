package tuco;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tuco.caller.PersonCaller;

/** The rules of the house (architecture.md), as far as a machine can hold them. */
class HouseTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("tuco");

  /** What no source may hold: unfinished work, hidden clocks, prints, hosts of registries, paths of a machine. */
  private static final Pattern BANNED = Pattern.compile(
      "TODO|FIXME|XXX|\\bInstant\\.now\\(\\)|LocalDate\\.now\\(\\)|printStackTrace|registry\\.npmjs|deb\\.debian|repo1?\\.maven|/tmp/bash_|/work/");

  @Test
  void featuresDependOnEachOtherInOneDirection() {
    slices().matching("tuco.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyHttpSeesVertx() {
    noClasses().that().resideOutsideOfPackage("tuco.http..").should().dependOnClassesThat().resideInAPackage("io.vertx..")
        .check(CLASSES);
  }

  @Test
  void whatIsBelowTheFeaturesKnowsNoneOfThem() {
    noClasses().that().resideInAnyPackage("tuco.ids..", "tuco.caller..", "tuco.db..")
        .should().dependOnClassesThat().resideInAnyPackage(
            "tuco.http..", "tuco.access..", "tuco.leads..", "tuco.lines..", "tuco.messages..", "tuco.dispatch..",
            "tuco.webhooks..", "tuco.dashboard..", "tuco.cli..")
        .check(CLASSES);
    noClasses().that().resideInAPackage("tuco.channels..")
        .should().dependOnClassesThat().resideInAnyPackage("tuco.http..", "tuco.messages..", "tuco.dispatch..", "tuco.access..")
        .check(CLASSES);
  }

  /** K8: a form that opens several transactions is under its right in each ({@code Gate.lasting}), not only in its first. */
  @Test
  void aPageGoesOnWithNoBareCredential() {
    noClasses().that().resideInAPackage("tuco.dashboard..").should().callMethod(PersonCaller.class, "credential").check(CLASSES);
  }

  /** S1: what serves staff is given the database as {@code tuco_staff} alone, and no way to enter a workspace otherwise. */
  @Test
  void theStaffConsoleHasNoOtherWayToTheDatabase() {
    noClasses().that().resideInAPackage("tuco.dashboard.console..")
        .or().haveFullyQualifiedName("tuco.staff.StaffGrants").or().haveFullyQualifiedName("tuco.staff.GrantedViews")
        .or().haveFullyQualifiedName("tuco.staff.StaffSessions").or().haveFullyQualifiedName("tuco.staff.StaffLinks")
        .should().dependOnClassesThat().haveFullyQualifiedName("tuco.db.Database")
        .check(CLASSES);
  }

  @Test
  void sourcesHoldNothingUnfinishedAndNoFileIsTooLong() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Path file : sources()) {
      List<String> lines = Files.readAllLines(file);
      if (file.toString().matches(".*\\.(java|jte)") && lines.size() > 400) {
        faults.add(file + " has " + lines.size() + " lines");
      }
      for (int i = 0; i < lines.size(); i++) {
        if (BANNED.matcher(lines.get(i)).find()) {
          faults.add(file + ":" + (i + 1) + " " + lines.get(i).strip());
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void everyPackageSaysWhatItIsForAndWhatMayBeNull() throws IOException {
    try (Stream<Path> folders = Files.walk(Path.of("src/main/java"))) {
      List<Path> silent = folders.filter(Files::isDirectory)
          .filter(folder -> has(folder, ".java") && !Files.exists(folder.resolve("package-info.java")))
          .toList();
      assertThat(silent).isEmpty();
    }
  }

  private static boolean has(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(ending));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
      return files.filter(file -> file.toString().matches(".*\\.(java|jte|sql|yaml)")).toList();
    }
  }
}
