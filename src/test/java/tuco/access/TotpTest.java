package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.TestClock;
import tuco.World;
import tuco.config.Vault;
import tuco.http.Json;

/** Authenticator apps: a second factor whose codes work once (decisions 2.7). */
class TotpTest {
  private static final TestClock CLOCK = new TestClock(java.time.Clock.systemUTC().instant().toString());
  private static World world;
  private World.TestWorkspace workspace;
  private Api owner;

  @BeforeAll
  static void start() {
    world = new World(CLOCK);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void aWorkspace() {
    workspace = world.aWorkspace();
    owner = SignedIn.owner(workspace);
  }

  /** The vectors of RFC 6238, appendix B, in six digits. */
  @Test
  void codesAreThoseOfTheStandard() {
    byte[] sealed = vault().seal("12345678901234567890".getBytes(StandardCharsets.US_ASCII));
    assertThat(at(59).step(sealed, "287082")).hasValue(1);
    assertThat(at(1111111109).step(sealed, "081804")).hasValue(37037036);
    assertThat(at(1234567890).step(sealed, "005924")).hasValue(41152263);
    assertThat(at(59 + 30).step(sealed, "287082")).hasValue(1);
    assertThat(at(59 + 120).step(sealed, "287082")).isEmpty();
    assertThat(at(59).step(sealed, "")).isEmpty();
  }

  @Test
  void onceConfirmedSigningInTakesACodeAndEachCodeWorksOnce() {
    String secret = enrol();
    assertThat(owner.get("/api/me").json().at("/person/totp").asBoolean()).isTrue();
    assertThat(signIn(null).status()).isEqualTo(401);
    assertThat(signIn("000000").status()).isEqualTo(401);
    assertThat(signIn(code(secret)).status()).as("the code that confirmed is used up").isEqualTo(401);
    CLOCK.advance(Duration.ofSeconds(30));
    assertThat(signIn(code(secret)).status()).isEqualTo(201);
    assertThat(signIn(code(secret)).status()).as("a replay").isEqualTo(401);
  }

  @Test
  void ofTwoWhoUseOneCodeAtOnceOneGetsIn() throws Exception {
    String secret = enrol();
    CLOCK.advance(Duration.ofSeconds(60));
    String code = code(secret);
    Callable<Integer> use = () -> signIn(code).status();
    try (ExecutorService four = Executors.newFixedThreadPool(4)) {
      List<Integer> statuses = new ArrayList<>();
      for (Future<Integer> status : four.invokeAll(List.of(use, use, use, use))) {
        statuses.add(status.get());
      }
      assertThat(statuses).containsExactlyInAnyOrder(201, 401, 401, 401);
    }
  }

  @Test
  void anAppThatWasNotConfirmedChangesNothing() {
    assertThat(owner.post("/api/me/totp", "").status()).isEqualTo(201);
    assertThat(signIn(null).status()).isEqualTo(201);
    Api.Answer wrong = owner.post("/api/me/totp/confirm", "{\"code\":\"000000\"}");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.at("code")).isEqualTo("wrong_code");
    assertThat(owner.post("/api/me/totp/confirm", "{}").status()).isEqualTo(400);
    assertThat(owner.get("/api/me").json().at("/person/totp").asBoolean()).isFalse();
  }

  @Test
  void theSecretIsShownOnceAndStoredSealed() {
    String secret = enrol();
    assertThat(owner.post("/api/me/totp", "").status()).isEqualTo(409);
    byte[] stored = world.database().withoutTenant(tx -> tx.query("select totp_secret from people where person_id = :person")
        .bind("person", workspace.ownerId()).mapTo(byte[].class).one());
    assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain(new String(bytes(secret), StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> new Vault("another key of thirty-two bytes!".getBytes(StandardCharsets.US_ASCII)).open(stored))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void removingTheAppTakesPasswordAndAFreshCode() {
    String secret = enrol();
    CLOCK.advance(Duration.ofSeconds(60));
    assertThat(remove("wrong password", code(secret)).status()).isEqualTo(403);
    assertThat(remove(workspace.ownerPassword(), "000000").status()).isEqualTo(403);
    assertThat(owner.call("DELETE", "/api/me/totp", "{}").status()).isEqualTo(400);
    assertThat(remove(workspace.ownerPassword(), code(secret)).status()).isEqualTo(200);
    assertThat(signIn(null).status()).isEqualTo(201);
    assertThat(remove(workspace.ownerPassword(), code(secret)).status()).isEqualTo(409);
    assertThat(owner.post("/api/me/totp/confirm", "{\"code\":\"000000\"}").status()).isEqualTo(409);
  }

  /** Who has the password and a session guesses no more codes than anybody else. */
  @Test
  void guessingTheCodeThatRemovesTheAppIsSlowedDown() {
    String secret = enrol();
    CLOCK.advance(Duration.ofSeconds(60));
    int status = 0;
    for (int i = 0; i < 11; i++) {
      status = remove(workspace.ownerPassword(), "%06d".formatted(i)).status();
    }
    assertThat(status).isEqualTo(429);
    assertThat(remove(workspace.ownerPassword(), code(secret)).status()).isEqualTo(429);
  }

  /** However many addresses the guesses come from; and that the password was right is not told. */
  @Test
  void codesAreCountedForTheAccountFromAllAddresses() {
    String secret = enrol();
    CLOCK.advance(Duration.ofSeconds(60));
    Sessions sessions = new Sessions(world.database(), world.ids(), CLOCK, new Totp(vault(), CLOCK), new tuco.audit.Audit(CLOCK),
        new Letters(new tuco.mail.SystemMail(null, CLOCK), () -> ""));
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(() -> from(sessions, "192.0.2.7", "000000")).hasMessage("Unauthorized");
    }
    assertThatThrownBy(() -> from(sessions, "198.51.100.7", code(secret))).as("a right one, too late").hasMessage("Unauthorized");
    CLOCK.advance(Duration.ofSeconds(60));
    assertThat(from(sessions, "198.51.100.7", code(secret)).token()).isNotEmpty();
  }

  private Sessions.SignedIn from(Sessions sessions, String address, String code) {
    return sessions.signIn(workspace.ownerEmail(), workspace.ownerPassword(), code, new tuco.caller.Origin(address, "", "", ""));
  }

  @Test
  void aKeyHasNoAuthenticatorApp() {
    assertThat(workspace.api().post("/api/me/totp", "").status()).isEqualTo(403);
    assertThat(SignedIn.nobody(world).post("/api/me/totp", "").status()).isEqualTo(401);
  }

  private String enrol() {
    Api.Answer begun = owner.post("/api/me/totp", "");
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    assertThat(begun.at("uri")).startsWith("otpauth://totp/Tuco:").contains("secret=" + begun.at("secret"));
    Api.Answer confirmed = owner.post("/api/me/totp/confirm", "{\"code\":\"" + code(begun.at("secret")) + "\"}");
    assertThat(confirmed.status()).as(confirmed.text()).isEqualTo(200);
    return begun.at("secret");
  }

  private Api.Answer signIn(String code) {
    return SignedIn.nobody(world).post("/api/sessions", Json.text(Json.object()
        .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()).put("totp", code)));
  }

  private Api.Answer remove(String password, String code) {
    return owner.call("DELETE", "/api/me/totp", Json.text(Json.object().put("password", password).put("code", code)));
  }

  private static String code(String secret) {
    return code(secret, CLOCK.instant());
  }

  /** What an authenticator app shows at an instant. */
  static String code(String secret, Instant at) {
    try {
      return new TimeBasedOneTimePasswordGenerator().generateOneTimePasswordString(new SecretKeySpec(bytes(secret), "HmacSHA1"), at);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String base32) {
    java.math.BigInteger value = java.math.BigInteger.ZERO;
    for (char c : base32.toCharArray()) {
      value = value.shiftLeft(5).or(java.math.BigInteger.valueOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c)));
    }
    byte[] raw = value.toByteArray();
    byte[] out = new byte[20];
    int length = Math.min(raw.length, 20);
    System.arraycopy(raw, raw.length - length, out, 20 - length, length);
    return out;
  }

  private static Totp at(long second) {
    return new Totp(vault(), Clock.fixed(Instant.ofEpochSecond(second), ZoneOffset.UTC));
  }

  private static Vault vault() {
    return new Vault(new byte[32]);
  }
}
