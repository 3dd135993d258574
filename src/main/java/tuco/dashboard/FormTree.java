package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tuco.http.Json;

/**
 * A form whose fields are called as in the body of the API, for example {@code steps[1].variants[0].message}: the body
 * is made of it, and what the API finds wrong with a field is shown beside that field.
 */
final class FormTree {
  private static final Pattern NAME = Pattern.compile("[A-Za-z]+(\\[\\d{1,5}])?(\\.[A-Za-z]+(\\[\\d{1,5}])?)*");
  private static final Pattern PART = Pattern.compile("[A-Za-z]+|\\d+");

  private FormTree() {}

  /**
   * The body these fields make.
   *
   * @param roots the fields that belong to it, by the first part of their names
   * @param numbers the last parts of the names that are whole numbers; what is none stays text, and is refused as such
   */
  static ObjectNode body(Map<String, String> form, Set<String> roots, Set<String> numbers) {
    Map<Object, Object> tree = new LinkedHashMap<>();
    form.forEach((name, value) -> {
      if (NAME.matcher(name).matches() && roots.contains(name.split("[.\\[]", 2)[0])) {
        put(tree, name, value.replace("\r\n", "\n"), numbers);
      }
    });
    return (ObjectNode) json(tree);
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<Object, Object> tree, String name, String value, Set<String> numbers) {
    Map<Object, Object> at = tree;
    Object key = null;
    String word = "";
    Matcher parts = PART.matcher(name);
    while (parts.find()) {
      boolean index = Character.isDigit(parts.group().charAt(0));
      if (key != null) {
        if (!fits(at, key)) {
          return;
        }
        Object next = at.computeIfAbsent(key, none -> index ? new TreeMap<>() : new LinkedHashMap<>());
        if (!(next instanceof Map)) {
          return;
        }
        at = (Map<Object, Object>) next;
      }
      key = index ? (Object) Integer.valueOf(parts.group()) : parts.group();
      word = index ? word : parts.group();
    }
    // One name must not be both a value and a group.
    if (key != null && fits(at, key) && !(at.get(key) instanceof Map)) {
      at.put(key, leaf(value, numbers.contains(word)));
    }
  }

  /** A list holds numbers as names, a group words. */
  private static boolean fits(Map<Object, Object> at, Object key) {
    return at instanceof TreeMap == key instanceof Integer;
  }

  private static JsonNode leaf(String value, boolean number) {
    return number && value.strip().matches("-?\\d{1,9}") ? IntNode.valueOf(Integer.parseInt(value.strip())) : TextNode.valueOf(value);
  }

  private static JsonNode json(Object node) {
    if (node instanceof JsonNode leaf) {
      return leaf;
    }
    Map<?, ?> map = (Map<?, ?>) node;
    if (node instanceof TreeMap) {
      ArrayNode array = Json.array();
      map.values().forEach(value -> array.add(json(value)));
      return array;
    }
    ObjectNode object = Json.object();
    map.forEach((name, value) -> object.set(String.valueOf(name), json(value)));
    return object;
  }
}
