package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The RateLimit fields, read as the structured fields they are (standards 4.3, RFC 9651): held against every answer of every test. */
final class RateFields {
  private static final String NAME = "\"[ !#-\\[\\]-~]+\"";
  private static final Pattern POLICY = Pattern.compile(NAME + ";q=\\d{1,15}(;w=[1-9]\\d{0,14})?(;qu=\"(requests|content-bytes|concurrent-requests)\")?");
  private static final Pattern LEFT = Pattern.compile(NAME + ";r=(\\d{1,15})(?:;t=(\\d{1,15}))?");

  private RateFields() {}

  static void check(String what, HttpResponse<?> answer) {
    List<String> policies = answer.headers().allValues("ratelimit-policy");
    List<String> left = answer.headers().allValues("ratelimit");
    assertThat(members(policies)).as("%s: R1, R5", what).allMatch(member -> POLICY.matcher(member).matches());
    long retryAfter = answer.headers().firstValueAsLong("retry-after").orElse(-1);
    for (String member : members(left)) {
      Matcher matcher = LEFT.matcher(member);
      assertThat(matcher.matches()).as("%s: R2, %s", what, member).isTrue();
      if (answer.statusCode() == 429 && matcher.group(1).equals("0") && matcher.group(2) != null) {
        assertThat(retryAfter).as("%s: R4, %s", what, member).isGreaterThanOrEqualTo(Long.parseLong(matcher.group(2)));
      }
    }
    if (answer.statusCode() == 429 && !answer.headers().firstValue("content-type").orElse("").startsWith("text/html")) {
      assertThat(retryAfter).as("%s: 429 says when", what).isPositive();
    }
    assertThat(answer.headers().map().keySet()).as("%s: R8, one family", what).noneMatch(name -> name.startsWith("x-ratelimit"));
  }

  /** No name of ours holds a comma. */
  private static List<String> members(List<String> lines) {
    return lines.stream().flatMap(line -> Pattern.compile("\\s*,\\s*").splitAsStream(line)).toList();
  }
}
