package tuco.campaigns.render;

import java.util.UUID;

/**
 * Choices that look random over many leads and are the same each time for one lead: what the preview shows is what is
 * sent, and a retry says the same words again.
 */
public final class Choice {
  /** Odd constants of SplitMix64 (Steele, Lea, Flood 2014). */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private static final long VARIANT = 0x56415249414E5453L;

  private Choice() {}

  /** The seed of one step for one lead. */
  public static long seed(UUID campaign, int step, UUID lead) {
    long seed = mix(campaign.getMostSignificantBits() + GOLDEN);
    seed = mix(seed ^ campaign.getLeastSignificantBits());
    seed = mix(seed ^ lead.getMostSignificantBits());
    seed = mix(seed ^ lead.getLeastSignificantBits());
    return mix(seed + (step + 1) * GOLDEN);
  }

  /**
   * The place of the variant this seed gets, in proportion to the weights. Independent of the spins of the same seed.
   *
   * @param weights at least one; negative ones count as 0; when all are 0 they count as equal
   */
  public static int variant(int[] weights, long seed) {
    long total = 0;
    for (int weight : weights) {
      total += Math.max(0, weight);
    }
    if (total == 0) {
      return (int) below(mix(seed ^ VARIANT), weights.length);
    }
    long left = below(mix(seed ^ VARIANT), total);
    int place = 0;
    while (left >= Math.max(0, weights[place])) {
      left -= Math.max(0, weights[place]);
      place++;
    }
    return place;
  }

  /** The option of one spin, each as likely as the others. */
  static int option(long seed, int ordinal, int options) {
    return (int) below(mix(seed + (ordinal + 1) * GOLDEN), options);
  }

  /** A number from 0 to below the bound out of 64 random bits, without the bias of a remainder. */
  private static long below(long bits, long bound) {
    return Math.unsignedMultiplyHigh(bits, bound);
  }

  private static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
