package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The builder's form becomes the body of the API, and its buttons change it (P4). */
class CampaignFormTest {
  private static Map<String, String> form(String... fields) {
    Map<String, String> form = new LinkedHashMap<>();
    for (int i = 0; i < fields.length; i += 2) {
      form.put(fields[i], fields[i + 1]);
    }
    return form;
  }

  private static ObjectNode threeSteps() {
    return CampaignForm.body(form(
        "steps[0].variants[0].message", "one", "steps[0].delay", "0", "steps[0].branches[0].type", "replied", "steps[0].branches[0].then", "2",
        "steps[1].variants[0].message", "two", "steps[1].delay", "2", "steps[1].stopRules[0].type", "keyword",
        "steps[1].stopRules[0].keywords", "yes, call me,", "steps[2].variants[0].message", "three", "steps[2].variants[0].weight", "x"));
  }

  private static String texts(ObjectNode body) {
    StringBuilder texts = new StringBuilder();
    body.path("steps").forEach(step -> texts.append(step.path("variants").path(0).path("message").asText())
        .append(step.path("branches").isEmpty() ? "" : step.path("branches").path(0).path("goTo").asText("!")).append(' '));
    return texts.toString().strip();
  }

  @Test
  void fieldsBecomeTheBodyOfTheApi() {
    ObjectNode body = CampaignForm.body(form(
        "csrf", "secret", "name", "Spring", "audience", "tag", "listId", "ls_x", "tag", "vip", "lineIds[3]", "ln_b", "lineIds[1]", "ln_a",
        "settings.allowedDaysOfWeek[5]", "5", "settings.quietHours", "on", "settings.graceMinutes", " ",
        "steps[0].variants[0].message", "Hi\r\nyou", "steps[0].variants[0].weight", "3"));
    assertThat(body).hasToString("""
        {"name":"Spring","tag":"vip","lineIds":["ln_a","ln_b"],"settings":{"allowedDaysOfWeek":[5],"quietHours":true,\
        "graceMinutes":null,"stateHours":false,"firstMessageLinks":false,"randomizeOrder":false,"stopOnReply":false,"autoEnrol":false,"touchesPerDay":null,"unansweredLimit":null,"sameTextLimit":null,"stopRules":[]},\
        "steps":[{"variants":[{"message":"Hi\\nyou","weight":3}],"stopRules":[],"branches":[]}]}""");
  }

  @Test
  void keywordsAndWaysOnAreReadAsPeopleWriteThem() {
    ObjectNode body = threeSteps();
    assertThat(body.at("/steps/1/stopRules/0/keywords")).hasToString("[\"yes\",\"call me\"]");
    assertThat(body.at("/steps/0/branches/0")).hasToString("{\"type\":\"replied\",\"goTo\":2}");
    assertThat(body.at("/steps/2/variants/0/weight").isTextual()).as("the API refuses it, by name").isTrue();
  }

  @ParameterizedTest
  @CsvSource({"add-step,one2 two three", "remove-step:1,one1 three", "remove-step:2,one! two", "up:2,one1 three two", "down:0,two one2 three",
      "copy-step:0,one3 one3 two three", "up:0,one2 two three", "down:2,one2 two three", "remove-step:9,one2 two three", "add-branch:1,one2 two! three",
      "nonsense,one2 two three", "up:x,one2 two three", "remove-step:0,two three"})
  void buttonsChangeTheStepsAndWaysOnFollowThem(String button, String expected) {
    ObjectNode body = threeSteps();
    CampaignForm.act(body, button);
    assertThat(texts(body)).isEqualTo(expected);
  }

  @Test
  void wordingsAndRulesComeAndGo() {
    ObjectNode body = threeSteps();
    CampaignForm.act(body, "add-variant:0");
    CampaignForm.act(body, "add-rule:1");
    CampaignForm.act(body, "add-rule");
    assertThat(body.at("/steps/0/variants").size()).isEqualTo(2);
    assertThat(body.at("/steps/1/stopRules").size()).isEqualTo(2);
    assertThat(body.at("/settings/stopRules").size()).isEqualTo(1);
    CampaignForm.act(body, "remove-variant:0:0");
    CampaignForm.act(body, "remove-variant:0:0");
    CampaignForm.act(body, "remove-rule:1:0");
    CampaignForm.act(body, "remove-rule::0");
    assertThat(body.at("/steps/0/variants").size()).as("one wording stays").isEqualTo(1);
    assertThat(body.at("/steps/1/stopRules").size()).isEqualTo(1);
    assertThat(body.at("/settings/stopRules").isEmpty()).isTrue();
  }

  @Test
  void noFormMakesItFail() {
    String[] parts = {"steps", "settings", "name", "[0]", "[9]", "[99999]", ".", "[", "]", "delay", "branches", "stopRules", "keywords", "then", "lineIds"};
    String[] buttons = {"add-rule:0", "up:1", "remove-variant:0:0", "add-branch:0", "copy-step:0", "remove-branch:0:5", "add-step", "remove-rule:0:7"};
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      Map<String, String> form = new LinkedHashMap<>();
      for (int f = random.nextInt(5); f >= 0; f--) {
        StringBuilder name = new StringBuilder();
        for (int p = random.nextInt(6); p >= 0; p--) {
          name.append(parts[random.nextInt(parts.length)]);
        }
        form.put(name.toString(), random.nextBoolean() ? "1" : "x,y");
      }
      CampaignForm.act(CampaignForm.body(form), buttons[random.nextInt(buttons.length)]);
    }
  }
}
