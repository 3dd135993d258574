package tuco.limits;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.audit.Actor;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.ids.Ids;

/**
 * What billing events do to a workspace. Each event only updates what is known of its subscription or invoice, the newer
 * of two about one object winning; plan and mode follow from all that is known. So events may come twice, late and in
 * any order, and the end is the same.
 */
public final class Billing {
  private static final Logger LOG = LoggerFactory.getLogger(Billing.class);
  private static final Actor STRIPE = Actor.system("stripe");

  private final Database database;
  private final ReadOnly readOnly;
  private final Plans plans;
  private final Map<String, String> planByPrice;

  /**
   * @param planByPrice the plan by the id of a price; a price without one changes no plan
   */
  public Billing(Database database, ReadOnly readOnly, Plans plans, Map<String, String> planByPrice) {
    this.database = database;
    this.readOnly = readOnly;
    this.plans = plans;
    this.planByPrice = planByPrice;
  }

  /** Applies an event; what it did, in words. */
  String apply(StripeEvent event, Instant now) {
    Optional<UUID> named = database.crossing(tx -> workspace(tx, event));
    if (named.isEmpty()) {
      LOG.info("the event {} ({}) is about no workspace of ours", event.id(), event.type());
      return "no workspace";
    }
    UUID workspace = named.get();
    return database.crossing(tx -> {
      List<UUID> others = lock(tx, workspace, event);
      if (!isFirst(tx, workspace, event, now)) {
        return "seen before";
      }
      String effect = keep(tx, workspace, event, leave(tx, others, event)) ? follow(tx, workspace) : "older than what is known";
      tx.update("update billing_events set effect = :effect where workspace_id = :workspace and event_id = :id")
          .bind("effect", effect).bind("workspace", workspace).bind("id", event.id()).execute();
      return effect;
    });
  }

  /** The workspace the subscription names, else the one that its objects or its customer were known to belong to. */
  private static Optional<UUID> workspace(Tx tx, StripeEvent event) {
    return tx.query("""
            select w.workspace_id
              from workspaces w
             where w.removed_at is null
               and w.workspace_id = coalesce(
                     cast(:named as uuid),
                     (select o.workspace_id from billing_objects o where o.object_id = :object
                       order by o.event_created desc, o.event_rank desc, o.event_id desc limit 1),
                     (select o.workspace_id from billing_objects o where o.object_id = :subscription
                       order by o.event_created desc, o.event_rank desc, o.event_id desc limit 1),
                     (select o.workspace_id from billing_objects o where o.customer_id = :customer
                       order by o.event_created desc limit 1))""")
        .bind("named", event.workspace()).bind("object", event.objectId())
        .bind("subscription", event.subscriptionId()).bind("customer", event.customerId())
        .mapTo(UUID.class).findOne();
  }

  /**
   * Takes the locks of all workspaces the object is known in, before any row is changed (K8); also one event of an object
   * and of a workspace at a time.
   *
   * @return the other workspaces, where the object was when its metadata named them
   */
  private static List<UUID> lock(Tx tx, UUID workspace, StripeEvent event) {
    tx.query("select 1 from (select pg_advisory_xact_lock(7005, hashtext(:object))) as locked")
        .bind("object", event.objectId()).mapTo(Integer.class).one();
    List<UUID> others = tx.query("""
            select workspace_id from billing_objects where object_id = :object and workspace_id <> :workspace""")
        .bind("object", event.objectId()).bind("workspace", workspace).mapTo(UUID.class).list();
    Stream.concat(Stream.of(workspace), others.stream()).map(Ids::tag).distinct().sorted()
        .forEach(tag -> tx.query("select lock_access(:tag)::text").bind("tag", tag).mapTo(String.class).one());
    return others;
  }

  /**
   * A subscription that was moved to another workspace has ended for those it leaves.
   *
   * @return whether it is this workspace that it has left, by what is known already
   */
  private boolean leave(Tx tx, List<UUID> others, StripeEvent event) {
    boolean left = false;
    for (UUID other : others) {
      boolean newer = tx.query("""
              select (o.event_created, o.event_rank, o.event_id) > (:created, :rank, :id)
                from billing_objects o
               where o.workspace_id = :other and o.object_id = :object""")
          .bind("other", other).bind("object", event.objectId())
          .bind("created", event.created().atOffset(ZoneOffset.UTC)).bind("rank", event.rank()).bind("id", event.id())
          .mapTo(Boolean.class).one();
      left |= newer;
      if (!newer && tx.update("""
              update billing_objects set standing = 'moved'
               where workspace_id = :other and object_id = :object and standing <> 'moved'""")
          .bind("other", other).bind("object", event.objectId()).execute() == 1) {
        follow(tx, other);
      }
    }
    return left;
  }

  private static boolean isFirst(Tx tx, UUID workspace, StripeEvent event, Instant now) {
    return tx.update("""
            insert into billing_events (workspace_id, event_id, type, event_created, received_at, effect)
            values (:workspace, :id, :type, :created, :now, '')
            on conflict do nothing""")
        .bind("workspace", workspace).bind("id", event.id()).bind("type", event.type())
        .bind("created", event.created().atOffset(ZoneOffset.UTC)).bind("now", now.atOffset(ZoneOffset.UTC))
        .execute() == 1;
  }

  /** Keeps what the event says unless something newer is known of the object; the order is total, so the end is always the same. */
  private boolean keep(Tx tx, UUID workspace, StripeEvent event, boolean moved) {
    return tx.update("""
            insert into billing_objects as o (workspace_id, object_id, kind, subscription_id, customer_id, standing, price_id,
                                              event_created, event_rank, event_id)
            values (:workspace, :object, :kind, :subscription, :customer, :standing, :price, :created, :rank, :id)
            on conflict (workspace_id, object_id) do update
               set subscription_id = excluded.subscription_id, customer_id = excluded.customer_id,
                   standing = excluded.standing, price_id = excluded.price_id, event_created = excluded.event_created,
                   event_rank = excluded.event_rank, event_id = excluded.event_id
             where (excluded.event_created, excluded.event_rank, excluded.event_id) > (o.event_created, o.event_rank, o.event_id)""")
        .bind("workspace", workspace).bind("object", event.objectId()).bind("kind", event.kind())
        .bind("subscription", event.subscriptionId()).bind("customer", event.customerId())
        .bind("standing", moved ? "moved" : event.standing()).bind("price", price(event))
        .bind("created", event.created().atOffset(ZoneOffset.UTC)).bind("rank", event.rank()).bind("id", event.id())
        .execute() == 1;
  }

  /** Of several things that are billed the one that stands for a plan. */
  private @Nullable String price(StripeEvent event) {
    return event.priceIds().stream().filter(planByPrice::containsKey).findFirst()
        .orElse(event.priceIds().isEmpty() ? null : event.priceIds().getFirst());
  }

  private record Known(String objectId, String kind, @Nullable String subscriptionId, String standing, @Nullable String priceId, Instant created) {
    boolean good() {
      return standing.equals("good");
    }
  }

  /** Lets plan and mode follow from all that is known of the workspace. */
  private String follow(Tx tx, UUID workspace) {
    List<Known> known = tx.query("""
            select object_id, kind, subscription_id, standing, price_id, event_created
              from billing_objects
             where workspace_id = :workspace""")
        .bind("workspace", workspace)
        .map((row, context) -> new Known(row.getString(1), row.getString(2), row.getString(3), row.getString(4),
            row.getString(5), row.getTimestamp(6).toInstant()))
        .list();
    // What stands for no plan, an add-on, neither hides what is owed for the plan nor keeps it alive. A workspace that
    // changes its subscription has an old one that ended: one that is good stands above it.
    Known subscription = known.stream().filter(each -> each.kind().equals("subscription"))
        .max(Comparator.comparing(this::standsForAPlan).thenComparing(Known::good).thenComparing(Known::created)
            .thenComparing(Known::objectId)).orElse(null);
    if (subscription == null) {
      return "kept until its subscription is known";
    }
    boolean unpaid = known.stream().anyMatch(invoice -> invoice.kind().equals("invoice") && !invoice.good()
        && subscription.objectId().equals(invoice.subscriptionId()) && !invoice.created().isBefore(subscription.created()));
    String reason = subscription.standing().equals("moved") ? "suspended" : !subscription.good() ? subscription.standing() : unpaid ? "past_due" : null;
    return plan(tx, workspace, subscription.priceId()) + mode(tx, workspace, reason);
  }

  private boolean standsForAPlan(Known subscription) {
    return subscription.priceId() != null && planByPrice.containsKey(subscription.priceId());
  }

  private String plan(Tx tx, UUID workspace, @Nullable String price) {
    String plan = price == null ? null : planByPrice.get(price);
    if (plan == null) {
      LOG.warn("no plan is set for the Stripe price {} (TUCO_STRIPE_PRICES)", price);
      return "the price stands for no plan; ";
    }
    Plans.Standing now = Plans.standing(tx, workspace);
    if (now.plan().equals(plan) && now.expiresAt() == null) {
      return "";
    }
    plans.put(tx, workspace, plan, null, STRIPE);
    return "plan " + plan + "; ";
  }

  /** What an operator set, or somebody by hand, stays as it is. */
  private String mode(Tx tx, UUID workspace, @Nullable String reason) {
    Plans.Standing now = Plans.standing(tx, workspace);
    boolean ours = now.readOnlyReason() == null || ReadOnly.By.BILLING.wire().equals(now.readOnlyBy())
        || ReadOnly.By.EXPIRY.wire().equals(now.readOnlyBy());
    if (!ours) {
      return "read-only as the operator set it";
    }
    if (reason != null) {
      readOnly.on(tx, workspace, reason, ReadOnly.By.BILLING, STRIPE);
      return "read-only: " + reason;
    }
    readOnly.off(tx, workspace, STRIPE);
    return "active";
  }
}
