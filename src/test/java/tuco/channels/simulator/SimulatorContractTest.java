package tuco.channels.simulator;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import tuco.channels.Channel;
import tuco.channels.Channel.Reconciled;
import tuco.channels.ChannelContractTest;
import tuco.channels.LineSettings;
import tuco.db.Database;
import tuco.db.DatabaseUrl;
import tuco.db.Migrations;
import tuco.db.TestDatabase;

class SimulatorContractTest extends ChannelContractTest {
  private static Database database;

  @BeforeAll
  static void openDatabase() throws Exception {
    DatabaseUrl owner = DatabaseUrl.parse(TestDatabase.fresh());
    Migrations.run(owner);
    database = Database.open(owner);
  }

  @AfterAll
  static void closeDatabase() {
    database.close();
  }

  @Override
  protected Channel channel() {
    return new SimulatorChannel(database.engine(), Clock.systemUTC());
  }

  @Override
  protected LineSettings goodLine() {
    return line("simulator", "+15125550100", Map.of(), Map.of());
  }

  @Override
  protected LineSettings deadLine() {
    return line("simulator", "+15125550100", Map.of("down", "true"), Map.of());
  }

  @Override
  protected LineSettings faultyLine() {
    return line("simulator", "nowhere", Map.of("down", "yes"), Map.of());
  }

  @Override
  protected List<String> faultyFields() {
    return List.of("address", "down");
  }

  @Override
  protected String goodRecipient(int number) {
    return "+1%d5550123".formatted(200 + number);
  }

  @Override
  protected String refusedRecipient() {
    return "+15125550102";
  }

  @Override
  protected Class<? extends Reconciled> reconciledAfterSend() {
    return Reconciled.Found.class;
  }
}
