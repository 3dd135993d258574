package tuco.staff;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import tuco.World;
import tuco.access.Totp;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.StaffCaller;
import tuco.caller.Token;
import tuco.config.Vault;
import tuco.ids.Ids;

/** Somebody of the operator's staff, who has used their one-time link. */
public final class AStaffMember {
  public static final String PASSWORD = "a long password of staff";

  private static final Origin ORIGIN = new Origin("192.0.2.77", "test", "rq_test", "app_test");

  public final String email;
  public final String secret;
  public final StaffGrants grants;
  public final StaffAccounts accounts;
  public final StaffSessions sessions;
  private final World world;

  public AStaffMember(World world, String email) {
    this.world = world;
    this.email = email;
    Clock clock = Clock.systemUTC();
    Ids ids = new Ids(clock);
    Audit audit = new Audit(clock);
    Totp totp = new Totp(new Vault(new byte[32]), clock);
    StaffLinks links = new StaffLinks(world.database().staff(), totp, clock);
    accounts = new StaffAccounts(world.database(), ids, clock, links, audit);
    sessions = new StaffSessions(world.database().staff(), ids, clock, totp);
    grants = new StaffGrants(world.database().staff(), ids);
    String token = accounts.add(email, "Sam of support");
    secret = links.holder(token).orElseThrow().app().secret();
    links.redeem(token, PASSWORD, code(-1));
  }

  /** What the app shows now, or so many steps of 30 s later: each code works once. */
  public String code(int steps) {
    return code(secret, steps);
  }

  /** What an app with this key shows so many steps of 30 s from now. */
  public static String code(String secret, int steps) {
    BigInteger value = BigInteger.ZERO;
    for (char c : secret.toCharArray()) {
      value = value.shiftLeft(5).or(BigInteger.valueOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c)));
    }
    byte[] raw = value.toByteArray();
    byte[] key = new byte[20];
    int length = Math.min(raw.length, 20);
    System.arraycopy(raw, raw.length - length, key, 20 - length, length);
    try {
      return new TimeBasedOneTimePasswordGenerator().generateOneTimePasswordString(
          new SecretKeySpec(key, "HmacSHA1"), Clock.systemUTC().instant().plus(Duration.ofSeconds(30L * steps)));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The token of a new session. */
  public String signIn(int steps) {
    return sessions.signIn(email, PASSWORD, code(steps), "192.0.2.77", "test");
  }

  /** Signed in. */
  public StaffCaller caller() {
    return caller(signIn(0));
  }

  /** Who is signed in with this token. */
  public StaffCaller caller(String token) {
    return world.database().staff().session(Token.hash(token)).orElseThrow();
  }

  /** Asks for a grant of this scope; answers its id. */
  public UUID ask(StaffCaller caller, UUID workspace, String scope) {
    return ask(caller, workspace, scope, "read_only");
  }

  /** Asks for a grant; answers its id. */
  public UUID ask(StaffCaller caller, UUID workspace, String scope, String access) {
    grants.request(caller, new StaffGrants.Wanted(workspace, "support_request", "T-1", scope, access, 4), ORIGIN);
    return grants.mine(caller).getFirst().grantId();
  }

  /** How many leads the grant shows. */
  public int leads(StaffCaller caller, UUID grant) {
    return grants.read(caller, grant, "leads", null, ORIGIN, (tx, pass) -> GrantedViews.leads(tx, null, 100).size());
  }

  /** Where the calls of this member come from. */
  public static Origin origin() {
    return ORIGIN;
  }
}
