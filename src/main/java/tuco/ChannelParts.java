package tuco;

import java.time.Clock;
import java.util.Map;
import tuco.channels.Channel;
import tuco.channels.Files;
import tuco.channels.Hosts;
import tuco.channels.simulator.SimulatorChannel;
import tuco.channels.smtp.Mailboxes;
import tuco.channels.smtp.SmtpChannel;
import tuco.db.Database;
import tuco.http.AddressRules;

/** The kinds of line and the mailboxes, built as {@link Node} builds the rest. */
final class ChannelParts {
  final Map<String, Channel> kinds;
  final Mailboxes mailboxes;

  /**
   * @param privateToo whether lines may connect to private addresses
   * @param files where attachments come from
   */
  ChannelParts(Database database, Clock clock, boolean privateToo, Files.Source files) {
    Hosts hosts = new Hosts(address -> AddressRules.allows(address, privateToo));
    kinds = Map.of(
        "simulator", new SimulatorChannel(database.engine(), clock), "smtp", new SmtpChannel(clock, new Files(files), hosts));
    mailboxes = new Mailboxes(hosts, clock);
  }
}
