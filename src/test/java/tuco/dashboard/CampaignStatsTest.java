package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.http.Json;

/** The figures of a campaign as they are drawn (P4). */
class CampaignStatsTest {
  private static CampaignStats stats(String json) {
    return new CampaignStats(Json.parse(json), Json.object());
  }

  private static JsonNode wording(int sent, int replied) {
    return Json.object().put("sent", sent).put("replied", replied);
  }

  @ParameterizedTest
  @CsvSource({"100,10,100,30,1", "100,30,100,10,0", "100,10,100,12,-1", "29,20,29,1,-1", "100,0,100,0,-1", "1000,100,1000,130,1"})
  void aWordingIsAheadOnlyWhenThatIsMoreThanChance(int sentA, int repliedA, int sentB, int repliedB, int ahead) {
    assertThat(CampaignStats.leader(List.of(wording(sentA, repliedA), wording(sentB, repliedB)))).isEqualTo(ahead);
  }

  @Test
  void whereEverybodyIsAddsUp() {
    List<CampaignStats.Part> parts = stats("""
        {"recipients":{"enrolled":8,"active":1,"inFlight":0,"completed":4,"stopped":3,"stoppedBy":{"replied":2,"text_not_sendable":1}}}""").parts();
    assertThat(parts).extracting(CampaignStats.Part::label).containsExactly("Through", "Waiting", "Stopped");
    assertThat(parts.stream().mapToDouble(CampaignStats.Part::width).sum()).isCloseTo(100, within(0.001));
    assertThat(parts.getLast().x()).isCloseTo(62.5, within(0.001));
  }

  @Test
  void daysWithoutAnythingAreDrawnTooAndVeryManyAreCut() {
    List<CampaignStats.Day> days = stats("""
        {"days":[{"day":"2026-02-27","sent":10,"replied":0},{"day":"2026-03-01","sent":5,"replied":20}]}""").days();
    assertThat(days).hasSize(14);
    assertThat(days).extracting(CampaignStats.Day::label).startsWith("27 Feb", "28 Feb", "1 Mar");
    assertThat(days).extracting(CampaignStats.Day::sentHeight).startsWith(120.0, 0.0, 60.0);
    assertThat(days.get(2).repliedHeight()).as("never out of the picture").isEqualTo(120.0);
    assertThat(stats("{\"days\":[{\"day\":\"2024-01-01\",\"sent\":1},{\"day\":\"2026-03-01\",\"sent\":5}]}").days()).hasSize(60);
    assertThat(stats("{\"days\":[]}").days()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0 %", "0.0125, 1.3 %", "0.05, 5 %", "0.123, 12 %", "1, 100 %"})
  void sharesAreReadAsPeopleReadThem(double share, String expected) {
    assertThat(new CampaignStats.Figure("x", 1, share, "").percent()).isEqualTo(expected);
  }
}
