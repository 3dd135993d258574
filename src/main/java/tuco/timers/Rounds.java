package tuco.timers;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.DatabaseFailure;

/**
 * A daemon thread that does the same work again and again until it is closed. What goes wrong in a round is said, whatever it
 * is, and the next round comes all the same: a timer that dies of one bad row is missed only when it is too late.
 */
public final class Rounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
  private static final long PATIENCE_SECONDS = 5;

  private final Duration every;
  private final String trouble;
  private final Work work;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** One round. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }

  /**
   * @param name of the thread
   * @param every how long it rests before each round, give or take a fifth, so that nodes started together do not meet
   * @param trouble what it means when a round fails, for the log
   */
  public Rounds(String name, Duration every, String trouble, Work work) {
    this.every = every;
    this.trouble = trouble;
    this.work = work;
    this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
  }

  /** The first round comes after the first rest. */
  public void start() {
    thread.start();
  }

  /** Whether the round at hand should come to its end. */
  public boolean closing() {
    return closing.getCount() == 0;
  }

  private void run() {
    try {
      while (!closing.await(every.toNanos() / 100 * ThreadLocalRandom.current().nextLong(80, 121), TimeUnit.NANOSECONDS)) {
        round();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() throws InterruptedException {
    try {
      work.run();
    } catch (InterruptedException e) {
      throw e;
    } catch (SQLException | DatabaseFailure e) {
      LOG.warn("{}: {}", trouble, e.getMessage());
    } catch (Exception e) {
      LOG.error("{}", trouble, e);
    }
  }

  /** Ends after the round at hand; one that takes longer than a few seconds is left to itself. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
