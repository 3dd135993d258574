package tuco.cli;

/** Why a command did not do what it was asked, in words for the person at the terminal. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Refused(String words) {
    super(words);
  }

  Refused(String words, Throwable cause) {
    super(words, cause);
  }
}
