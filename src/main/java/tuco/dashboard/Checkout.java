package tuco.dashboard;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.resolve.DirectoryCodeResolver;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.db.StartFailure;

/**
 * The sources that this Tuco was built from, for {@code up --dev}: templates are compiled and assets are read anew when
 * they change. Without it both come out of the jar and stay as they are.
 *
 * @param folder where {@code src} and {@code target} are
 */
public record Checkout(Path folder) {
  /**
   * The one that the running program lies in, as {@code target/tuco.jar} or as {@code target/classes}.
   *
   * @throws StartFailure when the program was taken out of it
   */
  public static Checkout ofThisProgram() {
    try {
      return around(Path.of(Checkout.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the place of a program is an address", e);
    }
  }

  static Checkout around(Path program) {
    Path target = program.toAbsolutePath().getParent();
    Path folder = target == null ? null : target.getParent();
    if (folder == null || !Files.isDirectory(folder.resolve("src/main/jte"))) {
      throw new StartFailure("With --dev pages come from the sources, and there are none around " + program + ": start it with ./tuco in a clone.");
    }
    return new Checkout(folder);
  }

  /** An engine that looks with each page whether one of its templates has changed. */
  TemplateEngine templates() {
    try {
      // A folder of its own for each start: two that share a clone would take each other's classes away.
      Path classes = Files.createTempDirectory(Files.createDirectories(folder.resolve("target/templates")), "dev");
      TemplateEngine templates = TemplateEngine.create(new DirectoryCodeResolver(folder.resolve("src/main/jte")), classes, ContentType.Html);
      templates.setClassPath(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
      return templates;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A resource as it is now; null for one of the libraries'. */
  byte @Nullable [] resource(String name) {
    Path file = folder.resolve("src/main/resources" + name);
    try {
      return Files.exists(file) ? Files.readAllBytes(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
