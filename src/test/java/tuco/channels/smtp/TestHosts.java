package tuco.channels.smtp;

import tuco.channels.Hosts;

/** Where tests connect to. */
final class TestHosts {
  static final Hosts ALL = new Hosts(address -> true);

  private TestHosts() {}
}
