package tuco.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Lines with something to send, fairly: workspaces take turns, and within a workspace its lines, so that a million
 * messages of one delay nobody else's single message (decisions 5.5).
 */
final class Rota {
  private final LinkedHashMap<UUID, ArrayDeque<HeldLine>> workspaces = new LinkedHashMap<>();

  void add(HeldLine line) {
    if (!line.queued) {
      line.queued = true;
      workspaces.computeIfAbsent(line.key.workspaceId(), key -> new ArrayDeque<>()).add(line);
    }
  }

  boolean isEmpty() {
    return workspaces.isEmpty();
  }

  /** The next lines, each once. */
  List<HeldLine> next(int most) {
    List<HeldLine> lines = new ArrayList<>();
    while (lines.size() < most && !workspaces.isEmpty()) {
      Map.Entry<UUID, ArrayDeque<HeldLine>> turn = workspaces.pollFirstEntry();
      HeldLine line = turn.getValue().remove();
      line.queued = false;
      lines.add(line);
      if (!turn.getValue().isEmpty()) {
        workspaces.putLast(turn.getKey(), turn.getValue());
      }
    }
    return lines;
  }
}
