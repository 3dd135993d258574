package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;

/**
 * The steps of a campaign in their order, and where a lead goes on whose step was moved or removed while it ran: a step
 * keeps its number wherever it stands, so that nobody gets one twice or misses one because of an edit (decisions 6.2).
 */
final class Steps {
  private final Connection connection;
  private final Campaign campaign;
  private final List<Step> inOrder;
  private final Map<Integer, Integer> removed = new HashMap<>();

  Steps(Connection connection, Campaign campaign, List<Step> inOrder) {
    this.connection = connection;
    this.campaign = campaign;
    this.inOrder = inOrder;
  }

  /** Those of the newest version. */
  static Steps of(Connection connection, Campaign campaign) throws SQLException {
    List<Step> steps = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement("""
        select step_index, step from campaign_steps where workspace_id = ? and campaign_id = ? and version = ? order by place""")) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setInt(3, campaign.version());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          steps.add(Step.of(row.getInt(1), Json.parse(row.getString(2))));
        }
      }
    }
    return new Steps(connection, campaign, steps);
  }

  int size() {
    return inOrder.size();
  }

  Step at(int place) {
    return inOrder.get(place);
  }

  /** Where the step with this number stands; of one that was removed, the first after it that is still there, or the end. */
  int place(int number) throws SQLException {
    int place = stands(number);
    if (place < 0) {
      Integer known = removed.get(number);
      place = known == null ? afterRemoved(number) : known;
      removed.put(number, place);
    }
    return place;
  }

  /** Where somebody goes on who had this step. */
  int after(int number) throws SQLException {
    int place = stands(number);
    return place < 0 ? place(number) : place + 1;
  }

  private int stands(int number) {
    for (int place = 0; place < inOrder.size(); place++) {
      if (inOrder.get(place).number() == number) {
        return place;
      }
    }
    return -1;
  }

  /** In the last version that had it. */
  private static final String AFTER_REMOVED = """
      select n.place
        from campaign_steps k
        join campaign_steps l on l.workspace_id = k.workspace_id and l.campaign_id = k.campaign_id and l.version = k.version and l.place > k.place
        join campaign_steps n on n.workspace_id = k.workspace_id and n.campaign_id = k.campaign_id and n.version = ? and n.step_index = l.step_index
       where k.workspace_id = ? and k.campaign_id = ? and k.step_index = ?
         and k.version = (select max(o.version) from campaign_steps o
                           where o.workspace_id = k.workspace_id and o.campaign_id = k.campaign_id and o.step_index = k.step_index)
       order by l.place limit 1""";

  private int afterRemoved(int number) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(AFTER_REMOVED)) {
      statement.setInt(1, campaign.version());
      statement.setObject(2, campaign.workspaceId());
      statement.setObject(3, campaign.id());
      statement.setInt(4, number);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getInt(1) : inOrder.size();
      }
    }
  }

  /**
   * Gives an edit's steps their numbers: the one that the client names, else that of the step with the same texts,
   * wherever it stood, else that of the step in whose place it stands; what is left is new.
   *
   * @param wanted a number that is negative is none
   * @param used the highest number that was ever given
   */
  static List<Step> numbered(List<Step> wanted, List<Step> before, int used) {
    @Nullable Step[] result = new Step[wanted.size()];
    Set<Integer> taken = new HashSet<>();
    match(wanted, before, result, taken, (step, old) -> step.number() == old.number());
    for (int i = 0; i < Math.min(wanted.size(), before.size()); i++) {
      take(wanted, before, result, taken, i, i, wanted.get(i).variants().equals(before.get(i).variants()));
    }
    match(wanted, before, result, taken, (step, old) -> step.variants().equals(old.variants()));
    for (int i = 0; i < Math.min(wanted.size(), before.size()); i++) {
      take(wanted, before, result, taken, i, i, true);
    }
    int next = used;
    List<Step> numbered = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      Step step = result[i];
      numbered.add(step == null ? wanted.get(i).numbered(++next) : step);
    }
    return numbered;
  }

  private static void match(List<Step> wanted, List<Step> before, @Nullable Step[] result, Set<Integer> taken, BiPredicate<Step, Step> same) {
    for (int i = 0; i < wanted.size(); i++) {
      for (int j = 0; j < before.size(); j++) {
        take(wanted, before, result, taken, i, j, same.test(wanted.get(i), before.get(j)));
      }
    }
  }

  private static void take(List<Step> wanted, List<Step> before, @Nullable Step[] result, Set<Integer> taken, int i, int j, boolean same) {
    int number = before.get(j).number();
    if (same && result[i] == null && taken.add(number)) {
      result[i] = wanted.get(i).numbered(number);
    }
  }
}
