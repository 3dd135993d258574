package tuco.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.World;
import tuco.config.Vault;
import tuco.http.Json;
import tuco.ids.Kind;

/** Whatever is done to an export, or to the database behind Tuco's back, the verifier names the first bad entry (decisions 9.3). */
class VerifierTest {
  private static final int ENTRIES = 12; // besides the one of the workspace's birth

  private static World world;
  private static SigningKeys keys;
  private static Seals seals;
  private static AuditExport export;

  @TempDir private Path folder;
  private UUID workspace;

  @BeforeAll
  static void start() {
    world = new World();
    keys = new SigningKeys(world.database(), new Vault(world.config().secretKey()), Clock.systemUTC());
    seals = seals(null);
    export = new AuditExport(world.database(), new Audit(Clock.systemUTC()), keys, seals, Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  /** Entries 1 to 13, sealed at 7. */
  @BeforeEach
  void aLog() {
    workspace = world.aWorkspace().id();
    write(6);
    seals.sealAll();
    write(ENTRIES - 6);
  }

  private void write(int entries) {
    Audit audit = new Audit(Clock.systemUTC());
    for (int i = 0; i < entries; i++) {
      int n = i;
      world.database().asWorkspace(workspace, tx -> {
        audit.record(tx, Action.LINE_CHANGE, Kind.WORKSPACE, workspace, Map.of("n", n, "text", "größe \"x\"\n\u0007"));
        return n;
      });
    }
  }

  @Test
  void anUntouchedExportHolds() throws IOException {
    Verifier.Verdict verdict = new Verifier(keys.current().fingerprint(), null).verify(export("log"));
    assertThat(verdict.words()).isEqualTo("complete and unchanged");
    assertThat(verdict.entries()).isEqualTo(ENTRIES + 1);
    assertThat(verdict.holds()).isTrue();
  }

  @Test
  void howTheFileIsLaidOutDoesNotMatter() throws IOException {
    Path file = changed(lines -> lines.replaceAll(line -> line.replace("\":", "\" :  ").replace(",\"", " , \"")));
    assertThat(verify(file).holds()).isTrue();
  }

  @Test
  void anEditedEntryIsNamed() throws IOException {
    assertBad(4, "entry 4 was changed", lines -> edit(lines, 4, line -> ((ObjectNode) line.at("/entry/details")).put("n", 99)));
    assertBad(9, "entry 9 was changed", lines -> edit(lines, 9, line -> ((ObjectNode) line.at("/entry/actor")).put("name", "somebody else")));
    assertBad(1, "entry 1 was changed", lines -> edit(lines, 1, line -> ((ObjectNode) line.path("entry")).put("at", "2020-01-01T00:00:00.000Z")));
  }

  /** What a reader of the file could take for part of an entry, and no hash would tell of. */
  @Test
  void whatIsAddedBesideAnEntryIsNamed() throws IOException {
    assertBad(4, "the line of entry 4 holds something that no export writes", lines -> edit(lines, 4, line -> line.put("note", "approved by the owner")));
    assertBad(4, "the line of entry 4 holds something that no export writes", lines -> edit(lines, 4, line -> line.put("seq", "4")));
    // The same name twice: of the two every reader picks one, the verifier none.
    assertBad(4, "a line after entry 3 is no entry and no seal",
        lines -> lines.set(at(lines, 4), "{\"entry\": {}, " + lines.get(at(lines, 4)).substring(1)));
    assertBad(8, "a line after entry 7 is no entry and no seal", lines -> lines.replaceAll(line -> line.replace("{\"seal\":", "{\"note\":1,\"seal\":")));
    assertBad(1, "this is no export of an audit log: its first line is no header",
        lines -> lines.set(0, lines.getFirst().replace("{\"export\":", "{\"note\":1,\"export\":")));
  }

  @Test
  void anEntryWrittenAnewWithItsHashIsNamed() throws IOException {
    assertBad(5, "entry 5 was replaced: entry 6 was written after another one", lines -> forge(lines, 5));
  }

  @Test
  void aChainWrittenAnewFromAnEntryOnIsNamedUpToTheLastSeal() throws IOException {
    assertBad(1, "the entries from 1 to 7 are not those that were sealed", lines -> {
      for (int seq = 5; seq <= ENTRIES + 1; seq++) {
        forge(lines, seq);
      }
    });
    assertBad(8, "the entries from 8 are not those that the header vouches for", lines -> {
      for (int seq = 9; seq <= ENTRIES + 1; seq++) {
        forge(lines, seq);
      }
    });
  }

  @Test
  void aDeletedEntryIsNamed() throws IOException {
    assertBad(6, "entry 6 is missing: entry 7 stands in its place", lines -> lines.remove(at(lines, 6)));
    assertBad(1, "entry 1 is missing: entry 2 stands in its place", lines -> lines.remove(at(lines, 1)));
  }

  @Test
  void aTailThatWasCutOffIsNamed() throws IOException {
    assertBad(13, "entry 13 is missing: the file ends after 12 of 13 entries", List::removeLast);
    assertBad(8, "entry 8 is missing: the file ends after 7 of 13 entries", lines -> lines.subList(at(lines, 8), lines.size()).clear());
    assertBad(1, "entry 1 is missing: the file ends after 0 of 13 entries", lines -> lines.subList(1, lines.size()).clear());
    assertBad(1, "this is no export of an audit log: its first line is no header", List::clear);
    assertBad(1, null, lines -> header(lines, header -> header.put("entries", 7)));
  }

  @Test
  void entriesOutOfOrderOrTwiceAreNamed() throws IOException {
    assertBad(3, "entry 3 is missing: entry 4 stands in its place", lines -> Collections.swap(lines, at(lines, 3), at(lines, 4)));
    assertBad(6, "entry 5 stands where entry 6 should", lines -> lines.add(at(lines, 6), lines.get(at(lines, 5))));
    assertBad(14, "entry 14 is one more than the header says there are", lines -> lines.add(lines.getLast()));
  }

  @Test
  void anotherKeyIsFoundOut() throws Exception {
    var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String other = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
    assertBad(1, null, lines -> header(lines, header -> header.put("publicKey", other)));
    Consumer<List<String>> signedAnew = lines -> header(lines, header -> {
      header.put("publicKey", other);
      sign(header, pair.getPrivate());
    });
    assertBad(1, "the seal at entry 7 does not hold: nothing vouches for the entries from 1", signedAnew);
    Path withoutSeals = changed(lines -> {
      signedAnew.accept(lines);
      lines.removeIf(line -> line.contains("\"seal\""));
    });
    assertThat(verify(withoutSeals).holds()).as("without the key nobody can tell").isTrue();
    Verifier.Verdict pinned = new Verifier(keys.current().fingerprint(), null).verify(withoutSeals);
    assertThat(pinned.firstBad()).isEqualTo(1);
    assertThat(pinned.words()).startsWith("it was signed with the key sha256:");
  }

  private static void sign(ObjectNode header, java.security.PrivateKey key) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key);
      signature.update(Chain.signed(AuditExport.PURPOSE, header));
      header.put("signature", Base64.getEncoder().encodeToString(signature.sign()));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anEntryEditedInTheDatabaseIsNamedAndNeverSealedAgain() throws Exception {
    asOwner("update audit_entries set entry = replace(entry, '\"n\":2', '\"n\":7') where workspace_id = '" + workspace + "' and seq = 10");
    assertThat(verify(export("log")).words()).isEqualTo("entry 10 was changed");
    int before = seals.broken();
    seals.sealAll();
    assertThat(seals.broken()).isEqualTo(before + 1);
    assertThat(sealed()).containsExactly(7L);
  }

  @Test
  void anEntryDeletedInTheDatabaseIsNamed() throws Exception {
    asOwner("delete from audit_entries where workspace_id = '" + workspace + "' and seq = 10");
    assertThat(verify(export("log")).words()).isEqualTo("entry 10 is missing: entry 11 stands in its place");
  }

  @Test
  void aTailCutInTheDatabaseIsNamed() throws Exception {
    asOwner("delete from audit_entries where workspace_id = '" + workspace + "' and seq > 11");
    assertThat(verify(export("head left")).words()).isEqualTo("entry 12 is missing: the file ends after 11 of 13 entries");
    asOwner("update audit_heads h set seq = 11, hash = (select hash from audit_entries e where e.workspace_id = h.workspace_id and seq = 11)"
        + " where workspace_id = '" + workspace + "'");
    assertThat(verify(export("consistent")).holds()).as("cut after the last seal, nothing inside tells").isTrue();
    seals.sealAll();
    asOwner("delete from audit_entries where workspace_id = '" + workspace + "' and seq > 9");
    asOwner("update audit_heads h set seq = 9, hash = (select hash from audit_entries e where e.workspace_id = h.workspace_id and seq = 9)"
        + " where workspace_id = '" + workspace + "'");
    assertThat(verify(export("sealed")).words()).isEqualTo("entry 10 is missing: the log was sealed at entry 11");
  }

  /** Whoever writes while the log is looked at does not make it look changed. */
  @Test
  void whatIsWrittenDuringTheLookIsNoFault() {
    Seals.Head head = world.database().asWorkspace(workspace, Seals::head);
    write(3);
    String fault = world.database().asWorkspace(workspace, tx -> String.valueOf(seals.fault(tx, head)));
    assertThat(fault).isEqualTo("null");
  }

  /**
   * With the seals gone nothing in the database tells, but what the node that made them keeps in its data directory does:
   * it vouches for no other history, not after a restart either.
   */
  @Test
  void aHistoryWrittenAnewWithoutItsSealsIsNotSealedByTheNodeThatSealedTheOldOne() throws Exception {
    Path data = folder.resolve("data");
    Seals before = seals(data);
    before.sealAll();
    asOwner("delete from audit_seals where workspace_id = '" + workspace + "'");
    asOwner("delete from audit_entries where workspace_id = '" + workspace + "' and seq > 9");
    asOwner("update audit_heads h set seq = 9, hash = (select hash from audit_entries e where e.workspace_id = h.workspace_id and seq = 9)"
        + " where workspace_id = '" + workspace + "'");
    write(8);
    Files.writeString(data.resolve(Witness.FILE), "ws_cut sho", java.nio.file.StandardOpenOption.APPEND);
    for (Seals node : List.of(before, seals(data), seals(data))) {
      node.sealAll();
      assertThat(sealed()).isEmpty();
      String fault = world.database().asWorkspace(workspace, tx -> String.valueOf(node.fault(tx, Seals.head(tx))));
      assertThat(fault).isEqualTo("it was sealed at 13, and that entry is gone or another one");
    }
    AuditExport ofNext = new AuditExport(world.database(), new Audit(Clock.systemUTC()), keys, seals(data), Clock.systemUTC());
    Path file = folder.resolve("anew");
    try (OutputStream out = Files.newOutputStream(file)) {
      ofNext.write(workspace, out);
    }
    assertThat(verify(file).words()).isEqualTo("Tuco itself found the log changed when it was exported: "
        + "it was sealed at 13, and that entry is gone or another one");
    seals(folder.resolve("elsewhere")).sealAll();
    assertThat(sealed()).as("a node that never saw the old one knows nothing of it").containsExactly(17L);
  }

  private static Seals seals(Path data) {
    return new Seals(world.database(), keys, Clock.systemUTC(), Duration.ofDays(1), data);
  }

  @Test
  void whatAnEarlierExportHoldsMustStillBeThere() throws Exception {
    Path earlier = export("earlier");
    write(2);
    Path later = export("later");
    assertThat(new Verifier(null, earlier).verify(later).holds()).isTrue();
    theEarlierFileMustBeOne(earlier, later);
    asOwner("delete from audit_entries where workspace_id = '" + workspace + "' and seq > 10");
    asOwner("delete from audit_seals where workspace_id = '" + workspace + "'");
    asOwner("update audit_heads h set seq = 10, hash = (select hash from audit_entries e where e.workspace_id = h.workspace_id and seq = 10)"
        + " where workspace_id = '" + workspace + "'");
    Path cut = export("cut");
    assertThat(verify(cut).holds()).isTrue();
    assertThat(new Verifier(null, earlier).verify(cut).words()).isEqualTo("entry 11 of the earlier export is missing");
    write(3);
    assertThat(new Verifier(null, earlier).verify(export("grown")).words()).isEqualTo("entry 11 is not the one of the earlier export");
  }

  /** A wrong file, or half of one, must not pass for an earlier export that has nothing against it. */
  private void theEarlierFileMustBeOne(Path earlier, Path later) throws IOException {
    List<String> lines = Files.readAllLines(earlier);
    UUID mine = workspace;
    workspace = world.aWorkspace().id();
    Path others = export("of another workspace");
    workspace = mine;
    List<String> fewer = new ArrayList<>(lines);
    header(fewer, header -> header.put("entries", 2));
    Path doctored = Files.write(folder.resolve("doctored"), fewer);
    for (Path wrong : List.of(others, doctored, Files.writeString(folder.resolve("text"), "no export\n"), Files.writeString(folder.resolve("empty"), ""))) {
      assertThat(new Verifier(null, wrong).verify(later).words()).isEqualTo("the earlier file is no export of this log, or its header was changed");
    }
    Path half = Files.write(folder.resolve("half"), lines.subList(0, 4));
    assertThat(new Verifier(null, half).verify(later).words()).isEqualTo("the earlier file ends after 3 of its 13 entries: it proves nothing of the rest");
  }

  private List<Long> sealed() {
    return world.database().asWorkspace(workspace, tx ->
        tx.ownQuery("select seq from audit_seals where workspace_id = :workspace order by seq").mapTo(Long.class).list());
  }

  private Path export(String name) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      export.write(workspace, out);
    }
    return file;
  }

  private static Verifier.Verdict verify(Path file) throws IOException {
    return new Verifier(null, null).verify(file);
  }

  private Path changed(Consumer<List<String>> change) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(export("log")));
    change.accept(lines);
    return Files.write(folder.resolve("changed"), lines);
  }

  private void assertBad(long seq, String words, Consumer<List<String>> change) throws IOException {
    Verifier.Verdict verdict = verify(changed(change));
    assertThat(verdict.firstBad()).as(verdict.words()).isEqualTo(seq);
    if (words != null) {
      assertThat(verdict.words()).isEqualTo(words);
    }
  }

  private static int at(List<String> lines, int seq) {
    for (int i = 0; i < lines.size(); i++) {
      if (Json.parse(lines.get(i)).path("seq").asInt() == seq) {
        return i;
      }
    }
    throw new AssertionError("no entry " + seq);
  }

  private static void edit(List<String> lines, int seq, Consumer<ObjectNode> change) {
    ObjectNode line = (ObjectNode) Json.parse(lines.get(at(lines, seq)));
    change.accept(line);
    lines.set(at(lines, seq), Json.text(line));
  }

  /** Changes an entry and makes its hash fit it, and what stands before it. */
  private static void forge(List<String> lines, int seq) {
    String previous = seq == 1 ? Chain.START : Json.parse(lines.get(at(lines, seq - 1))).path("hash").asText();
    edit(lines, seq, line -> {
      ((ObjectNode) line.path("entry")).put("client", "forged");
      line.put("previous", previous).put("hash", Chain.hash(line.path("entry"), previous, seq));
    });
  }

  private static void header(List<String> lines, Consumer<ObjectNode> change) {
    ObjectNode line = (ObjectNode) Json.parse(lines.getFirst());
    change.accept((ObjectNode) line.path("export"));
    lines.set(0, Json.text(line));
  }

  /** As somebody who owns the database and has switched off what keeps the log. */
  private static void asOwner(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = connection.createStatement()) {
      statement.execute("begin; set search_path = tuco; "
          + "alter table audit_entries disable trigger user; alter table audit_seals disable trigger user; " + sql + "; "
          + "alter table audit_entries enable trigger user; alter table audit_seals enable trigger user; commit");
    }
  }
}
