package tuco;

import tuco.cli.Tuco;

/** Where the process begins. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(Tuco.run(arguments));
  }
}
