package tuco.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** JSON in and out, with the limits of the API: strict syntax, no repeated names, no deep nesting. */
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder()
                      .maxNestingDepth(50).maxNumberLength(100).maxStringLength(1_100_000).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** Any value as a tree; records by their components. */
  public static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** A timestamp as the API writes it: ISO 8601, UTC, milliseconds (decisions 1.3). */
  public static String timestamp(Instant at) {
    // By hand: an answer has many, and the formatter of the JDK takes ten times as long.
    LocalDateTime utc = LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), ZoneOffset.UTC);
    char[] out = "0000-00-00T00:00:00.000Z".toCharArray();
    digits(out, 0, 4, utc.getYear());
    digits(out, 5, 2, utc.getMonthValue());
    digits(out, 8, 2, utc.getDayOfMonth());
    digits(out, 11, 2, utc.getHour());
    digits(out, 14, 2, utc.getMinute());
    digits(out, 17, 2, utc.getSecond());
    digits(out, 20, 3, utc.getNano() / 1_000_000);
    return new String(out);
  }

  private static void digits(char[] out, int start, int count, int value) {
    for (int i = start + count - 1, rest = value; i >= start; i--, rest /= 10) {
      out[i] = (char) ('0' + rest % 10);
    }
  }

  /** As {@link #timestamp}, null for null. */
  public static @Nullable String timestampOrNull(@Nullable Instant at) {
    return at == null ? null : timestamp(at);
  }

  public static byte[] bytes(JsonNode tree) {
    try {
      return MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String text(JsonNode tree) {
    try {
      return MAPPER.writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Parses what we wrote ourselves. */
  public static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Parses what a client sent; null when it is not JSON. */
  public static @Nullable JsonNode parseOrNull(String text) {
    return parseOrNull(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Parses what a client sent; null when it is not JSON. */
  static @Nullable JsonNode parseOrNull(byte[] body) {
    try (JsonParser parser = MAPPER.createParser(body)) {
      JsonNode tree = MAPPER.readTree(parser);
      return tree == null || tree.isMissingNode() || parser.nextToken() != null ? null : tree;
    } catch (IOException e) {
      return null;
    }
  }
}
