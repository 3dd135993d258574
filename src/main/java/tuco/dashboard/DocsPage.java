package tuco.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.dashboard.Schemas.Field;
import tuco.http.OpenApi;
import tuco.http.Request;
import tuco.http.Response;

/** The reference for people who write clients: made of the OpenAPI document, the table of errors and the table of rights. */
public final class DocsPage {
  private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

  /** Path segments and the group they belong to, in the order of the page. */
  private static final Map<String, String> GROUPS = groups();

  private final Pages pages;
  private final List<Group> reference;
  private final List<ErrorCode> errors;

  public DocsPage(Pages pages, OpenApi openApi) {
    this.pages = pages;
    this.reference = reference(openApi.document());
    this.errors = errors();
  }

  private static Map<String, String> groups() {
    Map<String, String> groups = new LinkedHashMap<>();
    for (String pair : List.of(
        "messages=Messages", "leads=Leads", "lists=Leads", "dnc=Do not contact", "check-availability=Availability",
        "check-availability-rr=Availability", "campaigns=Campaigns", "replies=Replies", "unibox=Replies", "lines=Lines",
        "webhooks=Webhooks", "usage=Usage", "api-keys=API keys", "leaked-keys=API keys", "members=Members",
        "invitations=Members", "workspaces=Workspaces", "workspace=Workspaces", "sessions=Sessions", "me=Your account")) {
      groups.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return Map.copyOf(groups);
  }

  /** Operations that belong together. */
  public record Group(String name, List<Operation> operations) {
    public String anchor() {
      return name.toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
    }
  }

  /** One operation. */
  public record Operation(
      String id, String method, String path, String summary, String description, @Nullable String right, boolean open,
      List<Field> parameters, List<Field> body, @Nullable String example, List<Answer> answers) {}

  /** One answer of an operation. */
  public record Answer(String status, String description, List<Field> fields) {}

  /** One code of a refusal. */
  public record ErrorCode(String code, int status, String meaning, String remedy) {}

  /** What the page of rights shows. */
  public record RightsView(List<Right> rights, List<Role> roles) {}

  /** {@code GET /docs}. */
  public Response reference(Request request) {
    return pages.open(request, "docs/reference.jte", "API reference", reference);
  }

  /** {@code GET /docs/errors}: where the {@code type} of every problem points. */
  public Response errors(Request request) {
    return pages.open(request, "docs/errors.jte", "Errors", errors);
  }

  /** {@code GET /docs/rights}. */
  public Response rights(Request request) {
    return pages.open(request, "docs/rights.jte", "Roles and rights",
        new RightsView(Arrays.asList(Right.values()), Arrays.asList(Role.values())));
  }

  /** All codes, for the test that holds them against the code. */
  List<ErrorCode> codes() {
    return errors;
  }

  private static List<Group> reference(JsonNode document) {
    Schemas schemas = new Schemas(document);
    Map<String, List<Operation>> byGroup = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (String method : METHODS) {
        JsonNode operation = path.getValue().path(method);
        if (operation.isObject()) {
          byGroup.computeIfAbsent(group(path.getKey()), name -> new ArrayList<>())
              .add(operation(schemas, path.getKey(), method, operation));
        }
      }
    }
    List<String> order = List.of("Messages", "Leads", "Do not contact", "Availability", "Campaigns", "Replies", "Lines",
        "Webhooks", "Usage", "API keys", "Members", "Workspaces", "Sessions", "Your account");
    return byGroup.entrySet().stream()
        .sorted(java.util.Comparator.comparingInt(entry -> order.contains(entry.getKey()) ? order.indexOf(entry.getKey()) : order.size()))
        .map(entry -> new Group(entry.getKey(), entry.getValue())).toList();
  }

  private static String group(String path) {
    String[] parts = path.split("/");
    return parts.length < 3 ? "General" : GROUPS.getOrDefault(parts[2], "General");
  }

  private static Operation operation(Schemas schemas, String path, String method, JsonNode operation) {
    JsonNode body = schemas.resolve(operation.path("requestBody")).path("content").path("application/json");
    JsonNode security = operation.path("security");
    return new Operation(
        operation.path("operationId").asText(), method, path, operation.path("summary").asText(),
        operation.path("description").asText().strip(), operation.path("x-right").textValue(),
        security.isArray() && security.isEmpty(), schemas.parameters(operation.path("parameters")),
        schemas.fields(body.path("schema")), pretty(body.path("example")), answers(schemas, operation.path("responses")));
  }

  private static List<Answer> answers(Schemas schemas, JsonNode responses) {
    return responses.properties().stream().filter(entry -> !entry.getKey().equals("default")).map(entry -> {
      JsonNode answer = schemas.resolve(entry.getValue());
      return new Answer(entry.getKey(), answer.path("description").asText(),
          schemas.fields(answer.path("content").path("application/json").path("schema")));
    }).toList();
  }

  private static @Nullable String pretty(JsonNode example) {
    return example.isMissingNode() ? null : example.toPrettyString();
  }

  private static List<ErrorCode> errors() {
    try (InputStream in = DocsPage.class.getResourceAsStream("/docs/errors.yaml")) {
      if (in == null) {
        throw new IllegalStateException("docs/errors.yaml is missing");
      }
      return new YAMLMapper().readTree(in).properties().stream()
          .map(entry -> new ErrorCode(entry.getKey(), entry.getValue().path("status").asInt(),
              entry.getValue().path("meaning").asText(), entry.getValue().path("remedy").asText()))
          .toList();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("docs/errors.yaml cannot be read", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
