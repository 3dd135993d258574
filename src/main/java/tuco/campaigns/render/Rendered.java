package tuco.campaigns.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text as one lead gets it.
 *
 * @param missing the placeholders that were empty and had no fallback, each once
 * @param reason why this text must not be sent; null when it may
 */
public record Rendered(String text, List<String> missing, @Nullable String reason) {}
