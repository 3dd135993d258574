package tuco.http;

import java.util.Locale;

/** The groups of API rates (contract 2.0): a bucket for each, shared by all keys and members of a workspace. */
public enum Rate {
  SEND,
  /** Many messages in one request. */
  BATCH,
  /** What is part of a request that was counted as a whole; no plan gives it a rate. */
  PART,
  AVAILABILITY,
  REPLIES,
  CAMPAIGNS,
  UNIBOX,
  FALLBACK,
  OTHER;

  /** The policy's name in headers and in a plan's data. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
