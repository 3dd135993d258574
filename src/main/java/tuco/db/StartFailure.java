package tuco.db;

/** Why Tuco cannot start, in one sentence for the person at the terminal; {@code Main} prints it and exits with 1. */
public final class StartFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartFailure(String sentence) {
    super(sentence);
  }

  public StartFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
