package tuco.db;

/** The credential stands for nobody, or for nobody in the wanted workspace, as of this statement. */
public final class AccessRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why; only the gate turns it into an answer. */
  public enum Why {
    UNAUTHORIZED,
    NO_WORKSPACE,
    WRONG_WORKSPACE
  }

  private final Why why;

  public AccessRefused(Why why) {
    super(why.name(), null, false, false);
    this.why = why;
  }

  public Why why() {
    return why;
  }
}
