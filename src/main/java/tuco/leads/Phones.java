package tuco.leads;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.ValidationResult;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Phone numbers in E.164 (contract 5.2). A number counts when its length is possible for its country: the check for
 * assigned ranges would refuse the fictional numbers that tests and examples use, and lag behind new ranges.
 */
public final class Phones {
  /** What a number without a country code belongs to when the caller does not say. */
  public static final String DEFAULT_COUNTRY_CODE = "+1";

  private static final int MAX_LENGTH = 50;

  private final PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();

  /** The number in E.164, or null when it is none; ten digits belong to +1. */
  public @Nullable String normalise(String raw) {
    return normalise(raw, "US");
  }

  /**
   * The number in E.164, or null when it is none.
   *
   * @param region from {@link #region}: the country of a number that does not name its own
   */
  public @Nullable String normalise(String raw, String region) {
    String text = raw.strip();
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return null;
    }
    String number = parse(text, region);
    if (number != null || text.startsWith("+")) {
      return number;
    }
    // Eleven digits that start with 1 only lack the plus, whatever the default country (contract 5.2).
    String digits = PhoneNumberUtil.normalizeDigitsOnly(text);
    return digits.length() == 11 && digits.startsWith("1") ? parse("+" + digits, region) : null;
  }

  /** The region of a country code such as {@code +44} or {@code 44}, or of its ISO letters; null when there is none. */
  public @Nullable String region(String countryCode) {
    String text = countryCode.strip();
    if (text.matches("[A-Za-z]{2}")) {
      String letters = text.toUpperCase(Locale.ROOT);
      return numbers.getSupportedRegions().contains(letters) ? letters : null;
    }
    if (!text.matches("\\+?[1-9][0-9]{0,2}")) {
      return null;
    }
    String region = numbers.getRegionCodeForCountryCode(Integer.parseInt(text.replace("+", "")));
    return region.equals("ZZ") || region.equals("001") ? null : region;
  }

  private @Nullable String parse(String text, String region) {
    try {
      PhoneNumber number = numbers.parse(text, region);
      return numbers.isPossibleNumberWithReason(number) == ValidationResult.IS_POSSIBLE
          ? numbers.format(number, PhoneNumberFormat.E164)
          : null;
    } catch (NumberParseException e) {
      // The reason is of no use to the caller: the text is no phone number.
      return null;
    }
  }
}
