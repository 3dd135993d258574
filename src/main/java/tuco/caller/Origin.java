package tuco.caller;

/**
 * Where a request came from, for the audit log (standards V8: who, what, when, where).
 *
 * @param address the client's address; empty when nothing came over the network
 * @param client the client as it calls itself
 * @param requestId our name for the request
 * @param correlationId the client's name for it
 */
public record Origin(String address, String client, String requestId, String correlationId) {
  /** Of what no request asked for: timers, the command line. */
  public static final Origin NONE = new Origin("", "", "", "");
}
