package tuco.leads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How phone numbers and e-mail addresses are written down, so that one person is found again (decisions 5.8). */
class AddressesTest {
  private final Phones phones = new Phones();

  @ParameterizedTest
  @CsvSource({
      "2025550101,          +1,  +12025550101",
      "(202) 555-0101,      +1,  +12025550101",
      "12025550101,         +1,  +12025550101",
      "12025550101,         +44, +12025550101",
      "+1 202 555 0101,     +44, +12025550101",
      "+15555550101,        +1,  +15555550101",
      "07700 900123,        +44, +447700900123",
      "07700 900123,        GB,  +447700900123",
      "0176 00000000,       49,  +4917600000000",
      "+44 (0)7700 900123,  +1,  +447700900123",
  })
  void aNumberBecomesE164(String raw, String countryCode, String expected) {
    String region = phones.region(countryCode);
    assertThat(region).isNotNull();
    assertThat(phones.normalise(raw, region == null ? "" : region)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5550101", "abc", "+", "447700900123", "+1202555010", "+999123456789", "1234567890123456789"})
  void whatIsNoNumberIsRefused(String raw) {
    assertThat(phones.normalise(raw)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"+0", "1234", "XX", "plus one", "+999"})
  void whatIsNoCountryCodeIsRefused(String code) {
    assertThat(phones.region(code)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
      "'  Ada@Example.COM ', ada@example.com",
      "ada+x@mail.example.com, ada+x@mail.example.com",
      "ada@bücher.example, ada@xn--bcher-kva.example",
      "ädа@example.com, ädа@example.com",
  })
  void anEmailIsTrimmedAndLowered(String raw, String expected) {
    assertThat(Emails.normalise(raw)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@exa mple.com",
      "a@b@example.com", "ada@.com", "ada@example..com", "<ada@example.com>", "ada@-example.com"})
  void whatIsNoEmailIsRefused(String raw) {
    assertThat(Emails.normalise(raw)).isNull();
  }

  @Test
  void aSuppressionIsFoundInAnyCaseButNotFromAnotherWorkspace() {
    UUID one = new UUID(1, 1);
    assertThat(Suppressions.hash(one, "Ada@example.com")).isEqualTo(Suppressions.hash(one, "ada@example.com"));
    assertThat(Suppressions.hash(one, "ada@example.com")).isNotEqualTo(Suppressions.hash(new UUID(1, 2), "ada@example.com"));
  }
}
