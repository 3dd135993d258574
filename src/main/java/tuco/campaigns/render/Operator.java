package tuco.campaigns.render;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a field is held against a value (contract 6.5). Letter case and space at the edges do not count. An empty field is
 * not equal to and does not contain anything; compared with a number or a date it, like all that is none, does not hold.
 */
public enum Operator {
  EQ("eq", "is"),
  NEQ("neq", "is not"),
  CONTAINS("contains", "contains"),
  NOT_CONTAINS("not_contains", "does not contain"),
  STARTS_WITH("starts_with", "starts with"),
  GT("gt", "is greater than"),
  GTE("gte", "is at least"),
  LT("lt", "is less than"),
  LTE("lte", "is at most"),
  GT_DATE("gt_date", "is after"),
  LT_DATE("lt_date", "is before"),
  EXISTS("exists", "has a value"),
  NOT_EXISTS("not_exists", "is empty");

  private static final int NUMBER_MAX = 100;

  private final String wire;
  private final String words;

  Operator(String wire, String words) {
    this.wire = wire;
    this.words = words;
  }

  /** The name in the API. */
  public String wire() {
    return wire;
  }

  /** As it is read to people, between the field and the value. */
  public String words() {
    return words;
  }

  /** All names in the API. */
  public static List<String> wires() {
    return Arrays.stream(values()).map(Operator::wire).toList();
  }

  static Optional<Operator> of(String wire) {
    return Arrays.stream(values()).filter(operator -> operator.wire.equals(wire)).findFirst();
  }

  /** Whether this operator needs a value to hold the field against. */
  public boolean takesValue() {
    return this != EXISTS && this != NOT_EXISTS;
  }

  /** Whether that value can be one of this operator: a number or a date where it needs one. */
  boolean accepts(String value) {
    return switch (this) {
      case GT, GTE, LT, LTE -> number(value) != null;
      case GT_DATE, LT_DATE -> date(value) != null;
      case EXISTS, NOT_EXISTS -> true;
      default -> !value.isBlank();
    };
  }

  boolean holds(@Nullable String field, String value) {
    String actual = field == null ? "" : field.strip().toLowerCase(Locale.ROOT);
    String wanted = value.strip().toLowerCase(Locale.ROOT);
    return switch (this) {
      case EQ -> equal(actual, wanted);
      case NEQ -> !equal(actual, wanted);
      case CONTAINS -> actual.contains(wanted);
      case NOT_CONTAINS -> !actual.contains(wanted);
      case STARTS_WITH -> actual.startsWith(wanted);
      case GT -> compared(number(actual), number(wanted), 1, 1);
      case GTE -> compared(number(actual), number(wanted), 0, 1);
      case LT -> compared(number(actual), number(wanted), -1, -1);
      case LTE -> compared(number(actual), number(wanted), -1, 0);
      case GT_DATE -> compared(date(actual), date(wanted), 1, 1);
      case LT_DATE -> compared(date(actual), date(wanted), -1, -1);
      case EXISTS -> !actual.isEmpty();
      case NOT_EXISTS -> actual.isEmpty();
    };
  }

  private static boolean equal(String actual, String wanted) {
    BigDecimal left = number(actual);
    BigDecimal right = number(wanted);
    return left != null && right != null ? left.compareTo(right) == 0 : actual.equals(wanted);
  }

  /** Whether the sign of the comparison lies within these; not when there is nothing to compare. */
  private static <T extends Comparable<T>> boolean compared(@Nullable T left, @Nullable T right, int least, int most) {
    if (left == null || right == null) {
      return false;
    }
    int sign = Integer.signum(left.compareTo(right));
    return sign >= least && sign <= most;
  }

  private static @Nullable BigDecimal number(String text) {
    String digits = text.strip().replace(",", "");
    if (digits.length() > NUMBER_MAX || !digits.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)")) {
      return null;
    }
    return new BigDecimal(digits);
  }

  /** An instant with offset, or a day, which begins at midnight UTC. */
  private static @Nullable Instant date(String text) {
    String date = text.strip().toUpperCase(Locale.ROOT);
    try {
      return date.indexOf('T') > 0
          ? OffsetDateTime.parse(date).toInstant()
          : LocalDate.parse(date).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }
}
