package tuco.access;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import tuco.mail.SystemMail;

/**
 * What Tuco writes to people about access, all texts in one place: invitations, and news of every change of a
 * credential, so that whoever did not make it hears of it (ASVS 6.3.7). No letter holds a secret but the invitation's
 * link. Without a mail server none is sent.
 */
public final class Letters {
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH);

  private final SystemMail mail;
  private final Supplier<String> url;

  /**
   * @param url how people reach this node; known only once it listens
   */
  public Letters(SystemMail mail, Supplier<String> url) {
    this.mail = mail;
    this.url = url;
  }

  /** Whether letters leave the house. */
  public boolean areSent() {
    return mail.configured();
  }

  /** The link that lets somebody in. */
  void invitation(Invitations.Invitation invitation, String workspace, String inviter, String link) {
    mail.send(invitation.email(), "You are invited to " + workspace + " on Tuco", """
        %s invites you to the workspace "%s" as %s.

        Join with this link. It works once, until %s:
        %s

        If you do not know what this is about, do nothing and the link expires.
        """.formatted(
            inviter, workspace, invitation.role().wire(),
            DAY.format(invitation.expiresAt().atOffset(ZoneOffset.UTC)), link));
  }

  /** The link that leads back in; it says nothing of who asked, because anybody can. */
  void passwordForgotten(String email, String token) {
    mail.send(email, "Choose a new password for Tuco", """
        Somebody, probably you, asked for a new password for your Tuco account.

        Choose it here. The link works once, for an hour:
        %s/welcome/%s

        If it was not you, do nothing: your password stays as it is.
        """.formatted(url.get(), token));
  }

  void passwordChanged(String email) {
    credentialChanged(email, "Your password was changed",
        "The password of your Tuco account was changed. All its other sessions have ended.");
  }

  void totpAdded(String email) {
    credentialChanged(email, "An authenticator app was added",
        "Signing in to your Tuco account takes a code of an authenticator app from now on.");
  }

  void totpRemoved(String email) {
    credentialChanged(email, "The authenticator app was removed",
        "Signing in to your Tuco account takes the password alone from now on.");
  }

  /** To the new address, where whoever asked has to read it. */
  void confirmAddress(String email, String token) {
    mail.send(email, "Confirm your new address for Tuco", """
        Somebody, probably you, wants to sign in to a Tuco account with this address from now on.

        Confirm it here. The link works once, for an hour:
        %s/address/%s

        If it was not you, do nothing: no account gets your address.
        """.formatted(url.get(), token));
  }

  /** To the old address: the last letter that goes there. */
  void addressChanged(String old, String email) {
    mail.send(old, "Your address was changed", """
        Your Tuco account has another e-mail address from now on: %s

        If it was you, nothing is to be done. If not, tell an owner of your workspace or whoever runs this Tuco at once.
        """.formatted(email));
  }

  void passwordKnown(String email) {
    credentialChanged(email, "Somebody has your password",
        "Somebody gave the password of your Tuco account and then five wrong codes of an authenticator app. They did not get in.");
  }

  private void credentialChanged(String email, String subject, String what) {
    mail.send(email, subject, """
        %s

        If it was you, nothing is to be done. If not, choose a new password at once and tell an owner of your workspace:
        %s/forgotten
        """.formatted(what, url.get()));
  }

  /** The alarm to those who can act on it. */
  void keyLeaked(List<String> emails, String workspace, String alarm) {
    for (String email : emails) {
      mail.send(email, "An API key of " + workspace + " was found in public", """
          %s

          The keys of the workspace "%s":
          %s/settings/api-keys
          """.formatted(alarm, workspace, url.get()));
    }
  }

  /** To those who can act on it: a line went down, or works again. */
  public void lineNews(List<String> emails, String workspace, boolean down, String words) {
    for (String email : emails) {
      mail.send(email, "A line of " + workspace + (down ? " is down" : " works again"), """
          %s

          The lines of the workspace "%s":
          %s/lines
          """.formatted(words, workspace, url.get()));
    }
  }

  /** To those who can act on it: a webhook was given up. */
  public void webhookOff(List<String> emails, String workspace, String words) {
    for (String email : emails) {
      mail.send(email, "A webhook of " + workspace + " was switched off", """
          %s

          The webhooks of the workspace "%s":
          %s/webhooks
          """.formatted(words, workspace, url.get()));
    }
  }

  /** To those who can act on it: a campaign was paused by itself. */
  public void campaignNews(List<String> emails, String workspace, String words) {
    for (String email : emails) {
      mail.send(email, "A campaign of " + workspace + " was paused", """
          %s

          The campaigns of the workspace "%s":
          %s/campaigns
          """.formatted(words, workspace, url.get()));
    }
  }

  /** To an owner: somebody of the operator's staff asks to look, or may by the workspace's own rule. */
  public void staffAsked(String email, String workspace, String staff, String what, String ticket, int hours, boolean holds) {
    mail.send(email, holds ? "Support looks at " + workspace : "Support asks to look at " + workspace, """
        %s %s the workspace "%s".

        What: %s
        Ticket: %s
        For: %d hours

        %s
        %s/settings/support
        """.formatted(
            staff, holds ? "may look, by your rule for support, at" : "asks to look at", workspace, what, ticket, hours,
            holds ? "What they look at, and the button that ends it:" : "Nothing is shown before an owner approves. Decide here:", url.get()));
  }
}
