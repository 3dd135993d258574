package tuco.channels.smtp;

import tuco.channels.Files;

/** Files for channels under test. */
final class TestFiles {
  /** A world in which no address leads to a file. */
  static final Files NONE =
      new Files((workspace, url, most, limit) -> new Files.Fetched(404, "Not Found", "", new byte[0], true));

  private TestFiles() {}
}
