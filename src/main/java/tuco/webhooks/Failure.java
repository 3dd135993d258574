package tuco.webhooks;

import java.util.Locale;
import tuco.http.Outbound;

/** Why a delivery did not succeed: the closed list, as it stands in the log and in the database's check. */
enum Failure {
  INVALID_URL,
  DNS,
  ADDRESS_REFUSED,
  CONNECT,
  TLS,
  TIMEOUT,
  BROKEN,
  REDIRECT,
  STATUS,
  THROTTLED,
  GONE,
  DISABLED,
  INTERNAL;

  /** The word on the wire. */
  String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a call without an answer means. */
  static Failure of(Outbound.Fault fault) {
    return switch (fault) {
      case URL -> INVALID_URL;
      case DNS -> DNS;
      case ADDRESS -> ADDRESS_REFUSED;
      case CONNECT -> CONNECT;
      case TLS -> TLS;
      case TIMEOUT -> TIMEOUT;
      case BROKEN -> BROKEN;
    };
  }

  /** What a status outside 2xx means; redirects are never followed. */
  static Failure of(int status) {
    return switch (status) {
      case 410 -> GONE;
      case 429, 502, 503, 504 -> THROTTLED;
      default -> status >= 300 && status < 400 ? REDIRECT : STATUS;
    };
  }
}
