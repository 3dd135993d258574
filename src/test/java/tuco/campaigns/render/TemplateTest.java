package tuco.campaigns.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.http.Json;

/** What texts may hold and what becomes of it (P4, decisions 6.3, contract 6.6). */
class TemplateTest {
  private static final Map<String, String> ADA = Map.of("firstName", "Ada", "plan", "pro", "evil", "{firstName|\\}", "blank", "  ");

  private static String rendered(String text) {
    return Template.parse(text).render(ADA::get, 7).text();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
      "Hi {firstName}! ~ Hi Ada!",
      "Hi {{firstName}}! ~ Hi Ada!",
      "Hi {{ firstName }}{ plan }! ~ Hi Adapro!",
      "Hi {lastName|there}! ~ Hi there!",
      "Hi { lastName | you there }! ~ Hi you there!",
      "Hi {{lastName|there}}! ~ Hi there!",
      "Hi {lastName}! ~ Hi !",
      "Hi {blank|there}! ~ Hi there!",
      "Hi {lastName|}! ~ Hi !",
      "Hi {lastName|{firstName}}! ~ Hi Ada!",
      "Hi {lastName|{{firstName}}}! ~ Hi Ada!",
      "Hi {{lastName|{firstName}}}! ~ Hi Ada!",
      "Hi {lastName|{company|{blank|you}}}! ~ Hi you!",
      "{spin:Hi} {spin: x } ~ `Hi  x `",
      "{{spin:{firstName}}} ~ Ada",
      "{SPIN:a} ~ a",
      "\\{firstName\\} ~ {firstName}",
      "{lastName|a \\| b \\} c} ~ a | b } c",
      "{lastName|{spin:a\\|b}} ~ a|b",
      "C:\\path\\\\x | y ~ C:\\path\\\\x | y",
      "\\\\{firstName} \\\\\\{ ~ \\Ada \\{",
      "{evil} ~ {firstName|\\}",
  })
  void rendersAsTheContractHasIt(String text, String expected) {
    assertThat(rendered(text)).isEqualTo(expected);
    assertThat(Template.parse(text).faults(Set.of("plan", "evil", "blank"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "Hi {firstName", "Hi {{firstName}", "Hi {firstName}}", "Hi {}", "Hi { }", "{{{firstName}}}", "{firstName|there", "{spin:a|b",
      "{spin:a|{firstName}", "{first\nName}", "a } b", "{lastName|a|b}", "{spin:}", "{\"json\":1", "{firstName|{company|{x}}"
  })
  void whatCannotBeReadIsRefusedAndStaysText(String text) {
    Template template = Template.parse(text);
    assertThat(template.faults(Set.of())).isNotEmpty();
    assertThat(template.faults(Set.of()).getFirst().position()).isBetween(0, text.length());
    template.render(name -> null, 1);
  }

  @Test
  void unclosedBracesLoseNoText() {
    assertThat(rendered("Hi {firstName, {plan} and {spin:a|b {plan}")).isEqualTo("Hi {firstName, pro and {spin:a|b {plan}");
  }

  @Test
  void unknownNamesAreToldWithPlaceAndTheNameThatWasMeant() {
    List<Fault> faults = Template.parse("Hi {fristName}, {plam|x} {zzzzzz} {spin|a}").faults(Set.of("plan"));
    assertThat(faults).extracting(Fault::position).containsExactly(3, 16, 25, 34);
    assertThat(faults).extracting(Fault::name).containsExactly("fristName", "plam", "zzzzzz", "spin");
    assertThat(faults).extracting(Fault::suggestion).containsExactly("firstName", "plan", null, "spin:");
    assertThat(faults.getFirst().message()).isEqualTo("No lead has a field called {fristName}. Did you mean {firstName}?");
  }

  @Test
  void namesHiddenInFallbacksAndSpinsAreCheckedToo() {
    Template template = Template.parse("{firstName|{nope}} {spin:a|{nada}}");
    assertThat(template.names()).containsExactly("firstName", "nope", "nada");
    assertThat(template.faults(Set.of())).extracting(Fault::name).containsExactly("nope", "nada");
  }

  @ParameterizedTest
  @CsvSource({"first_name,Ada", "FirstName,Ada", "First Name,Ada", "company,Example Ltd", "companyName,Example Ltd", "full_name,Ada L",
      "jobTitle,Own", "title,Boss", "line_name,Sam", "lineName,Sam", "Score,4.5", "agreed,true", "langs,'en, de'", "big,1E+900"})
  void fieldsHaveOtherSpellingsAndCustomFieldsTheirOwn(String name, String value) {
    var lead = Json.parse("""
        {"firstName":"Ada","lastName":"L","companyName":"Example Ltd","jobTitle":"Own",
         "customFields":{"title":"Boss","jobTitle":"other","Score":4.50,"agreed":true,"langs":["en","de",{}],"big":1E900}}""");
    Set<String> custom = Set.of("title", "jobTitle", "Score", "agreed", "langs", "big");
    assertThat(Template.parse("{" + name + "}").faults(custom)).isEmpty();
    String text = Template.parse("{" + name + "}").render(Fields.of(lead, "Sam"), 0).text();
    assertThat(text).isEqualTo(name.equals("Score") ? text : value).startsWith(value.substring(0, 2));
  }

  @Test
  void whatIsMissingLeavesNothingAndIsToldOrRefuses() {
    Template template = Template.parse("Hi {company} {company} {email|}");
    Rendered lenient = template.render(ADA::get, 0);
    assertThat(lenient.text()).isEqualTo("Hi   ");
    assertThat(lenient.missing()).containsExactly("company");
    assertThat(lenient.reason()).isNull();
    assertThat(template.render(ADA::get, 0, Missing.REFUSES).reason()).isEqualTo("{company} is empty and has no fallback");
  }

  @Test
  void nothingEmptyOrTooLongIsSent() {
    assertThat(Template.parse(" {lastName} ").render(ADA::get, 0).reason()).isEqualTo("The text is empty for this lead");
    Rendered bomb = Template.parse("{x}".repeat(6_000)).render(name -> "y".repeat(20_000), 0);
    assertThat(bomb.reason()).isEqualTo("The text has more than 20,000 characters for this lead");
    assertThat(bomb.text()).hasSize(Template.TEXT_MAX);
    assertThat(Template.parse("y".repeat(20_001)).faults(Set.of())).hasSize(1);
  }
}
