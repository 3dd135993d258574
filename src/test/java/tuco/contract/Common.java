package tuco.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import tuco.http.Json;

/** What the contract says of many endpoints alike: a table's {@code common} names a call and which of these hold for it. */
final class Common {
  private Common() {}

  /** The cases that an endpoint's {@code common} stands for. */
  static Stream<ObjectNode> of(JsonNode endpoint) {
    JsonNode common = endpoint.path("common");
    return common.path("is").valueStream().map(each -> {
      ObjectNode one = common.deepCopy();
      one.remove("is");
      return one.setAll(rule(each.asText(), one));
    });
  }

  private static ObjectNode rule(String is, ObjectNode call) {
    return switch (is) {
      case "401" -> (ObjectNode) Json.parse("""
          {"name": "no key", "as": "nobody", "status": 401, "answer": {"error": "Unauthorized"}, "header": {"WWW-Authenticate": "Bearer.*"}}""");
      case "400" -> (ObjectNode) Json.parse("""
          {"name": "several workspaces and none named", "as": "owner of two", "status": 400, "answer": {"error": "No active workspace"}}""");
      case "402" -> (ObjectNode) Json.parse("""
          {"name": "a read-only workspace", "given": "read-only", "status": 402, "header": {"Retry-After": ""},
           "answer": {"error": "READ_ONLY", "code": "READ_ONLY", "reason": "past_due"}}""");
      case "read" -> (ObjectNode) Json.parse("""
          {"name": "a read-only workspace is read", "given": "read-only", "status": 200}""");
      case "429" -> {
        ObjectNode first = call.deepCopy().put("given", "one request a minute").put("status", "any");
        ObjectNode refused = (ObjectNode) Json.parse("""
            {"name": "too many requests in a minute", "status": 429, "answer": {"error": "Rate limit exceeded"}, "header": {"Retry-After": "[1-9][0-9]*"}}""");
        refused.putArray("before").add(first);
        yield refused;
      }
      default -> throw new IllegalArgumentException("common: " + is);
    };
  }
}
