package tuco.campaigns;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;

/** Campaigns and their steps in the database. */
public final class Campaigns {
  private static final String SELECT = "select " + Campaign.COLUMNS + " from campaigns c where c.workspace_id = :workspace";

  private final Ids ids;
  private final Clock clock;

  public Campaigns(Ids ids, Clock clock) {
    this.ids = ids;
    this.clock = clock;
  }

  static Problem notFound() {
    return Problem.notFound("Campaign not found").code("campaign_not_found");
  }

  Campaign find(Tx tx, UUID id) {
    return tx.ownQuery(SELECT + " and c.campaign_id = :id").bind("id", id)
        .map((row, context) -> Campaign.of(row)).findOne().orElseThrow(Campaigns::notFound);
  }

  /** As {@link #find}, and nobody changes its state until this transaction ends; the engine's work waits as well. */
  Campaign lock(Tx tx, UUID id) {
    return tx.ownQuery(SELECT + " and c.campaign_id = :id for update").bind("id", id)
        .map((row, context) -> Campaign.of(row)).findOne().orElseThrow(Campaigns::notFound);
  }

  /** As {@link #find}, and it does not end until this transaction does: a lead that is let in finds it open. */
  Campaign forEnrolment(Tx tx, UUID id) {
    return tx.ownQuery(SELECT + " and c.campaign_id = :id for key share").bind("id", id)
        .map((row, context) -> Campaign.of(row)).findOne().orElseThrow(Campaigns::notFound);
  }

  /** Newest first, those before this one; archived ones only where they are asked for. */
  List<Campaign> page(Tx tx, @Nullable String state, @Nullable UUID before, int limit) {
    return tx.ownQuery(SELECT + """
             and (cast(:state as text) is null and c.state <> 'archived' or c.state = :state)
             and (cast(:before as uuid) is null or c.campaign_id < :before)
           order by c.campaign_id desc limit :limit""".indent(1))
        .bind("state", state).bind("before", before).bind("limit", limit)
        .map((row, context) -> Campaign.of(row)).list();
  }

  List<Step> steps(Tx tx, Campaign campaign) {
    return tx.ownQuery("""
            select step_index, step from campaign_steps
             where workspace_id = :workspace and campaign_id = :id and version = :version order by place""")
        .bind("id", campaign.id()).bind("version", campaign.version())
        .map((row, context) -> Step.of(row.getInt(1), Json.parse(row.getString(2)))).list();
  }

  /** The names of the custom fields that leads of the workspace have; of very many leads only those of the newest. */
  public static Set<String> customFields(Tx tx) {
    return new HashSet<>(tx.ownQuery("""
            select distinct k
              from (select custom_fields from leads where workspace_id = :workspace order by lead_id desc limit 20000) l
             cross join lateral jsonb_object_keys(l.custom_fields) k""").mapTo(String.class).list());
  }

  UUID create(Tx tx, CampaignBody body, @Nullable UUID createdBy) {
    UUID id = ids.next(Ids.tag(tx.workspace()));
    CampaignBody.Audience audience = body.audience();
    if (audience == null || body.settings() == null || body.steps() == null) {
      throw new IllegalStateException("a new campaign has everything");
    }
    tx.ownUpdate("""
            insert into campaigns (workspace_id, campaign_id, name, state, audience, list_id, tag, settings, scheduled_at, created_by, created_at, updated_at)
            values (:workspace, :id, :name, 'draft', :audience, :list, :tag, cast(:settings as jsonb), :scheduled, :by, :now, :now)""")
        .bind("id", id).bind("name", body.name()).bind("audience", audience.kind()).bind("list", audience.listId())
        .bind("tag", audience.tag()).bind("settings", Json.text(body.settings().stored()))
        .bind("scheduled", body.scheduledDate()).bind("by", createdBy).bind("now", clock.instant()).execute();
    putSteps(tx, id, 1, inPlaces(body.steps()));
    return id;
  }

  /** Changes what the body mentions. New steps are a new version, which messages not yet sent follow (decisions 6.2). */
  void change(Tx tx, Campaign now, CampaignBody body) {
    CampaignBody.Audience audience = body.audience();
    int version = now.version();
    if (body.steps() != null) {
      List<Step> before = steps(tx, now);
      // Before anything was sent a step is known by where it stands.
      List<Step> steps = now.startedAt() == null ? inPlaces(body.steps()) : Steps.numbered(body.steps(), before, highestNumber(tx, now));
      if (!steps.equals(before)) {
        version++;
        putSteps(tx, now.id(), version, steps);
      }
    }
    tx.ownUpdate("""
            update campaigns
               set name = coalesce(:name, name), audience = coalesce(:audience, audience),
                   list_id = case when cast(:audience as text) is null then list_id else :list end,
                   tag = case when cast(:audience as text) is null then tag else :tag end,
                   settings = cast(:settings as jsonb), version = :version,
                   scheduled_at = coalesce(:scheduled, scheduled_at), updated_at = :now
             where workspace_id = :workspace and campaign_id = :id""")
        .bind("id", now.id()).bind("name", body.name()).bind("audience", audience == null ? null : audience.kind())
        .bind("list", audience == null ? null : audience.listId()).bind("tag", audience == null ? null : audience.tag())
        .bind("settings", Json.text((body.settings() == null ? now.settings() : body.settings()).stored()))
        .bind("version", version).bind("scheduled", body.scheduledDate()).bind("now", clock.instant()).execute();
  }

  private static List<Step> inPlaces(List<Step> steps) {
    return IntStream.range(0, steps.size()).mapToObj(place -> steps.get(place).numbered(place)).toList();
  }

  private static int highestNumber(Tx tx, Campaign campaign) {
    return tx.ownQuery("select max(step_index) from campaign_steps where workspace_id = :workspace and campaign_id = :id")
        .bind("id", campaign.id()).mapTo(Integer.class).one();
  }

  private void putSteps(Tx tx, UUID id, int version, List<Step> steps) {
    for (int place = 0; place < steps.size(); place++) {
      Step step = steps.get(place);
      tx.ownUpdate("""
              insert into campaign_steps (workspace_id, campaign_id, version, step_index, place, step, created_at)
              values (:workspace, :id, :version, :number, :place, cast(:step as jsonb), :now)""")
          .bind("id", id).bind("version", version).bind("number", step.number()).bind("place", place)
          .bind("step", Json.text(step.json())).bind("now", clock.instant()).execute();
    }
  }

  /** A copy in draft, with the newest steps and no leads. */
  UUID copy(Tx tx, Campaign of, String name, @Nullable UUID createdBy) {
    UUID id = ids.next(Ids.tag(tx.workspace()));
    tx.ownUpdate("""
            insert into campaigns (workspace_id, campaign_id, name, state, audience, list_id, tag, settings, created_by, created_at, updated_at)
            select workspace_id, :id, :name, 'draft', audience, list_id, tag, settings, :by, :now, :now
              from campaigns where workspace_id = :workspace and campaign_id = :of""")
        .bind("id", id).bind("of", of.id()).bind("name", name).bind("by", createdBy).bind("now", clock.instant()).execute();
    putSteps(tx, id, 1, inPlaces(steps(tx, of)));
    return id;
  }

  void delete(Tx tx, UUID id) {
    tx.ownUpdate("delete from campaigns where workspace_id = :workspace and campaign_id = :id").bind("id", id).execute();
  }

  /** Which of these lines the workspace does not have. */
  static List<UUID> missingLines(Tx tx, List<UUID> lines) {
    List<UUID> missing = new ArrayList<>(lines);
    missing.removeAll(tx.ownQuery("""
            select line_id from lines where workspace_id = :workspace and line_id = any(:lines) and removed_at is null""")
        .bind("lines", lines.toArray(UUID[]::new)).mapTo(UUID.class).list());
    return missing;
  }

  /** Whether one of these lines, or of all where none is chosen, sends from an Apple account. */
  static boolean mayUseIMessage(Tx tx, List<UUID> lines) {
    return tx.ownQuery("""
            select exists (select from lines
                            where workspace_id = :workspace and removed_at is null and kind = any(:kinds)
                              and (cardinality(cast(:lines as uuid[])) = 0 or line_id = any(:lines)))""")
        .bind("kinds", Links.IMESSAGE_KINDS.toArray(String[]::new)).bind("lines", lines.toArray(UUID[]::new)).mapTo(Boolean.class).one();
  }

  static boolean hasList(Tx tx, UUID list) {
    return tx.ownQuery("select exists (select from lists where workspace_id = :workspace and list_id = :list)")
        .bind("list", list).mapTo(Boolean.class).one();
  }

  /** How many leads the audience has now. */
  static int audienceSize(Tx tx, Campaign campaign) {
    Optional<Integer> size = tx.ownQuery("""
            select count(*) from leads
             where workspace_id = :workspace
               and (:audience = 'list' and list_id = :list or :audience = 'tag' and cast(:tag as text) = any(tags))""")
        .bind("audience", campaign.audience()).bind("list", campaign.listId()).bind("tag", campaign.tag())
        .mapTo(Integer.class).findOne();
    return size.orElse(0);
  }

  Instant now() {
    return clock.instant();
  }
}
