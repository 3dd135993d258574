package tuco;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import tuco.db.StartFailure;

/** The demo workspace of decisions 10.1. */
class DemoTest {
  @Test
  void severalFirstNodesMakeOneDemo() throws Exception {
    try (World world = new World()) {
      Callable<Demo.Facts> node = () -> new Demo(world.startNode()).makeOrFind(true).orElseThrow();
      List<Demo.Facts> facts;
      try (ExecutorService nodes = Executors.newFixedThreadPool(3)) {
        facts = nodes.invokeAll(List.of(node, node, node)).stream().map(future -> future.resultNow()).toList();
      }
      assertThat(facts).extracting(Demo.Facts::workspaceId).containsOnly(facts.getFirst().workspaceId());
      assertThat(facts).filteredOn(one -> one.apiKey() != null).hasSize(1);
      assertThat(facts).filteredOn(one -> one.ownerPassword() != null).hasSize(1);
      long workspaces = world.database().crossing(tx -> tx.query("select count(*) from workspaces").mapTo(Long.class).one());
      assertThat(workspaces).isEqualTo(1);
    }
  }

  @Test
  void whereWorkspacesAreThereIsNoDemo() {
    try (World world = new World()) {
      world.aWorkspace();
      assertThat(new Demo(world.node()).makeOrFind(false)).isEmpty();
    }
  }

  @Test
  void ownerWithoutPasswordGetsANewLinkAtEveryStart() {
    try (World world = new World()) {
      Demo demo = new Demo(world.node());
      String first = demo.makeOrFind(false).orElseThrow().linkToken();
      String second = demo.makeOrFind(false).orElseThrow().linkToken();
      assertThat(first).isNotNull();
      assertThat(second).isNotNull().isNotEqualTo(first);
      world.node().access.oneTimeLinks.redeem(String.valueOf(second), "correct horse battery", tuco.caller.Origin.NONE);
      assertThat(demo.makeOrFind(false).orElseThrow().linkToken()).as("a password was chosen").isNull();
    }
  }

  @Test
  void operatorFoundsWorkspacesForWhoCannotSignInYet() {
    try (World world = new World()) {
      Founding founding = new Founding(world.node());
      Founding.Founded first = founding.found("First", "production", "Boss@example.com");
      assertThat(first.linkToken()).isNotNull();
      world.node().access.oneTimeLinks.redeem(String.valueOf(first.linkToken()), "correct horse battery", tuco.caller.Origin.NONE);
      Founding.Founded second = founding.found("Second", "staging", "boss@example.com");
      assertThat(second.linkToken()).as("has a password").isNull();
      Api api = new Api("http://127.0.0.1:" + world.node().port(), null);
      Api.Answer session = api.post("/api/sessions", "{\"email\":\"boss@example.com\",\"password\":\"correct horse battery\"}");
      assertThat(session.json().path("workspaces")).hasSize(2);
    }
  }

  @Test
  void nodeWithAnotherSecretKeyIsRefused() {
    try (World world = new World()) {
      SecretKeyCheck.require(world.database(), new byte[32]);
      SecretKeyCheck.require(world.database(), new byte[32]);
      byte[] other = new byte[32];
      other[0] = 1;
      assertThatThrownBy(() -> SecretKeyCheck.require(world.database(), other))
          .isInstanceOf(StartFailure.class).hasMessageStartingWith("The secret key is not the one this database was started with");
    }
  }
}
