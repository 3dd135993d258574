package tuco.audit;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tuco.http.Json;

/** How one entry of the log binds all before it: the hash that {@code audit_append} in V015 makes, made again. */
final class Chain {
  /** What the first entry names as the hash before it. */
  static final String START = "0".repeat(64);

  private Chain() {}

  /** The hash of an entry, from its canonical text. */
  static String hash(String entry, String previous, long seq) {
    return sha256(("{\"entry\":" + entry + ",\"previous\":\"" + previous + "\",\"seq\":" + seq + "}").getBytes(StandardCharsets.UTF_8));
  }

  /** The same, from an entry that was parsed. */
  static String hash(JsonNode entry, String previous, long seq) {
    return hash(Canonical.text(entry), previous, seq);
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** What is signed of a statement: what it is for, and its canonical text without the signature. */
  static byte[] signed(String purpose, JsonNode statement) {
    JsonNode unsigned = statement.deepCopy();
    ((com.fasterxml.jackson.databind.node.ObjectNode) unsigned).remove("signature");
    return ("tuco audit " + purpose + "\n" + Canonical.text(Json.tree(unsigned))).getBytes(StandardCharsets.UTF_8);
  }
}
