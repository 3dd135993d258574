package tuco.campaigns.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;

/** The conditions of stop rules and branches as a table (P4, contract 2.11 and 6.5). */
class ConditionTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final ObjectNode LEAD = (ObjectNode) Json.parse("""
      {"firstName":"Ada","companyName":"Example Ltd","email":null,"tags":["VIP","warm"],
       "customFields":{"seats":"1,200","plan":"Pro","joined":"2026-01-31","called":"2026-01-31T23:00:00-05:00","note":" "}}""");

  private static Condition condition(String json) {
    Body body = new Body((ObjectNode) Json.parse(json));
    Condition condition = Condition.of(body);
    body.check();
    return Objects.requireNonNull(condition);
  }

  private static Facts facts(List<String> replies, @Nullable Instant lastSentAt) {
    return new Facts(LEAD, replies, lastSentAt, true, false, false, NOON);
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', nullValues = "-", value = {
      "plan,eq,pro,true", "plan,eq,free,false", "plan,neq,pro,false", "plan,neq,free,true", "email,neq,x,true", "email,eq,x,false",
      "companyName,contains,ample,true", "company,contains,AMPLE,true", "company,not_contains,ample,false", "email,not_contains,x,true",
      "email,contains,x,false", "company,starts_with,exam,true", "company,starts_with,ample,false",
      "seats,eq,1200.0,true", "seats,gt,1199,true", "seats,gt,1200,false", "seats,gte,1200,true", "seats,gte,1201,false",
      "seats,lt,1201,true", "seats,lt,1200,false", "seats,lte,1200,true", "seats,lte,1199,false", "plan,gt,1,false", "plan,lt,1,false",
      "email,lt,1,false", "joined,gt_date,2026-01-30,true", "joined,gt_date,2026-01-31,false", "joined,lt_date,2026-02-01,true",
      "called,gt_date,2026-02-01,true", "called,lt_date,2026-02-01T04:00:01Z,true", "plan,gt_date,2026-01-01,false",
      "plan,exists,-,true", "email,exists,-,false", "note,exists,-,false", "nothing,exists,-,false", "note,not_exists,-,true",
      "plan,not_exists,-,false"})
  void fieldsAreComparedAsTheContractHasIt(String field, String operator, @Nullable String value, boolean expected) {
    ObjectNode json = Json.object().put("type", "field").put("field", field).put("operator", operator).put("value", value);
    assertThat(condition(json.toString()).ask(facts(List.of(), null)).result()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
      "{'type':'replied'} ~ I know it ~ true", "{'type':'replied'} ~ ~ false",
      "{'type':'replied_keyword','value':'no, yes'} ~ I know it ~ false", "{'type':'keyword','keywords':['No']} ~ NO! ~ true",
      "{'type':'replied_keyword','value':'call me'} ~ Please call me? ~ true", "{'type':'replied_keyword','value':',,'} ~ , ~ false",
      "{'type':'tag_exists','value':'vip'} ~ ~ true", "{'type':'tag_added','tag':'cold'} ~ ~ false", "{'type':'tag_not_exists','tag':'cold'} ~ ~ true",
      "{'type':'ghl_tag','tag':'warm'} ~ ~ true", "{'type':'hubspot_property','property':'plan','value':'PRO'} ~ ~ true",
      "{'type':'contacted_before'} ~ ~ true", "{'type':'contacted_before_any_campaign'} ~ ~ false", "{'type':'unsubscribed'} ~ ~ false",
      "{'type':'custom_api','url':'https://example.com'} ~ ~ false", "{'type':'default'} ~ ~ true",
      "{'type':'field','field':'seats','operator':'eq','value':1200} ~ ~ true"})
  void conditionsAskWhatIsKnown(String json, @Nullable String reply, boolean expected) {
    Condition.Outcome outcome = condition(json.replace('\'', '"')).ask(facts(reply == null ? List.of() : List.of("first", reply), null));
    assertThat(outcome.result()).isEqualTo(expected);
    assertThat(outcome.detail()).isNotBlank();
  }

  @Test
  void noReplyCountsFromTheLastMessageToTheInstant() {
    Condition condition = condition("{\"type\":\"no_reply\",\"value\":2,\"unit\":\"days\"}");
    Instant due = NOON.minus(Duration.ofDays(2));
    assertThat(condition.ask(facts(List.of(), due))).isEqualTo(new Condition.Outcome(true, "No reply for 2 days"));
    assertThat(condition.ask(facts(List.of(), due.plusMillis(1))).result()).isFalse();
    assertThat(condition.ask(facts(List.of(), null)).result()).isFalse();
    assertThat(condition.ask(facts(List.of("hi"), due)).result()).isFalse();
    assertThat(condition("{\"type\":\"no_reply\",\"value\":1}").ask(facts(List.of(), NOON)).detail()).isEqualTo("Not yet an hour without a reply");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
      "{} ~ type must be one of", "{'type':'x'} ~ type must be one of", "{'type':'field','value':'x'} ~ field must be the name",
      "{'type':'field','field':'x','operator':'like','value':'x'} ~ operator must be one of", "{'type':'field','field':'x'} ~ value must be what",
      "{'type':'field','field':'x','operator':'gt','value':'x'} ~ value must be a number",
      "{'type':'field','field':'x','operator':'gt_date','value':'31.1.2026'} ~ value must be a date",
      "{'type':'tag_exists'} ~ tag must be a tag", "{'type':'keyword'} ~ keywords must hold",
      "{'type':'no_reply'} ~ value must be how long", "{'type':'no_reply','value':1,'unit':'weeks'} ~ unit must be"})
  void whatCannotBeAskedIsRefused(String json, String message) {
    assertThatThrownBy(() -> condition(json.replace('\'', '"'))).isInstanceOf(Problem.class).hasMessageStartingWith(message);
  }
}
