package tuco.channels;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import tuco.channels.Outgoing.Attachment;

/**
 * Fetches the files of a message from the addresses a workspace named (contract 2.2, 7.7), under the rules for hosts that
 * cannot be trusted. The addresses may carry secrets of their own, so words about a file name it and never its address.
 */
public final class Files {
  /** Contract 7.7. */
  public static final int MOST_BYTES = 25 * 1024 * 1024;

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** What may be attached, by the ending of a name; what a host calls otherwise is judged by its name. */
  private static final Map<String, String> TYPES = Map.ofEntries(
      Map.entry("png", "image/png"), Map.entry("jpg", "image/jpeg"), Map.entry("jpeg", "image/jpeg"),
      Map.entry("gif", "image/gif"), Map.entry("webp", "image/webp"), Map.entry("heic", "image/heic"),
      Map.entry("mp4", "video/mp4"), Map.entry("mov", "video/quicktime"), Map.entry("caf", "audio/x-caf"),
      Map.entry("pdf", "application/pdf"));

  private final Source source;

  public Files(Source source) {
    this.source = source;
  }

  /** Where files come from, for a workspace. */
  @FunctionalInterface
  public interface Source {
    Fetched fetch(UUID workspace, String url, int mostBytes, Duration limit) throws NotFetched;
  }

  /**
   * What a host answered.
   *
   * @param contentType as it came, empty without
   * @param whole whether these are all bytes; false when there are more than were wanted
   */
  public record Fetched(int status, String reason, String contentType, byte[] bytes, boolean whole) {}

  /** A host did not answer. */
  public static final class NotFetched extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean forGood;

    /**
     * @param forGood whether it is of no use to ask again
     */
    public NotFetched(String words, boolean forGood) {
      super(words, null, false, false);
      this.forGood = forGood;
    }
  }

  /** A file to send. */
  public record File(String name, String type, byte[] bytes) {}

  /** A file cannot be had; {@code result} says what becomes of its message. Nothing has left. */
  public static final class Missing extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient SendResult result;

    Missing(SendResult result) {
      super("a file is missing", null, false, false);
      this.result = result;
    }

    public SendResult result() {
      return result;
    }
  }

  /** All files of a message, in their order. */
  public List<File> of(Outgoing message) throws Missing {
    List<File> files = new ArrayList<>();
    for (Attachment attachment : message.attachments()) {
      files.add(fetch(message.workspaceId(), attachment));
    }
    return files;
  }

  private File fetch(UUID workspace, Attachment attachment) throws Missing {
    Fetched fetched;
    try {
      fetched = source.fetch(workspace, attachment.url(), MOST_BYTES, LIMIT);
    } catch (NotFetched failed) {
      throw missing(attachment, "cannot be fetched: " + failed.getMessage(), failed.forGood);
    }
    if (fetched.status() != 200) {
      boolean passing = fetched.status() >= 500 || fetched.status() == 429 || fetched.status() == 408;
      throw missing(attachment, "cannot be fetched: HTTP " + fetched.status() + ": " + fetched.reason(), !passing);
    }
    if (!fetched.whole()) {
      throw missing(attachment, "has more than 25 MB", true);
    }
    String type = type(attachment.name(), fetched.contentType());
    if (type.isEmpty()) {
      throw missing(attachment, "is of the type " + fetched.contentType() + "; attachments may be "
          + String.join(", ", new TreeSet<>(TYPES.keySet())), true);
    }
    return new File(attachment.name(), type, fetched.bytes());
  }

  private static Missing missing(Attachment attachment, String what, boolean forGood) {
    String words = "The attachment " + attachment.name() + " " + what + ".";
    return new Missing(forGood ? new SendResult.Refused(words, false) : new SendResult.TryLater(words, null, false));
  }

  /** What the host says it is, or the ending of the name where it says nothing; empty for what may not be attached. */
  static String type(String name, String said) {
    String type = said.replaceAll(";.*$", "").strip().toLowerCase(Locale.ROOT);
    if (type.equals("image/jpg")) {
      return "image/jpeg";
    }
    if (TYPES.containsValue(type)) {
      return type;
    }
    boolean saysNothing = type.isEmpty() || type.endsWith("/octet-stream") || type.equals("image/heif");
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return saysNothing ? TYPES.getOrDefault(ending, "") : "";
  }
}
