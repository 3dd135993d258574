package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses may be called on behalf of a workspace, edge by edge (standards O7). */
class AddressRulesTest {
  private static boolean allowed(String address, boolean privateToo) throws UnknownHostException {
    return AddressRules.allows(InetAddress.getByName(address).getAddress(), privateToo);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "192.0.1.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2003::1", "64:ff9b::1.1.1.1"
  })
  void publicAddressesMayBeCalled(String address) throws UnknownHostException {
    assertThat(allowed(address, false)).isTrue();
    assertThat(allowed(address, true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255", "172.16.0.0",
    "172.31.255.255", "192.168.0.0", "192.168.255.255", "::1", "fc00::1", "fdff:ffff::1", "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1"
  })
  void privateAddressesMayBeCalledOnlyWhereTheOperatorSaysSo(String address) throws UnknownHostException {
    assertThat(allowed(address, false)).isFalse();
    assertThat(allowed(address, true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "169.254.169.254", "169.254.0.1", "169.254.170.2", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "fe80::1", "0.0.0.0", "0.1.2.3", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::7f00:1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "ff02::1", "fec0::1", "100::1", "64:ff9b:1::1",
    "64:ff9b::169.254.169.254"
  })
  void metadataAndReservedAddressesAreNeverCalled(String address) throws UnknownHostException {
    assertThat(allowed(address, false)).isFalse();
    assertThat(allowed(address, true)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://localhost/", "https://LOCALHOST:8443/", "https://db.localhost/", "https://127.0.0.1/", "https://[::1]/"})
  void thisMachineByItsNameIsRefusedWithoutALookUp(String url) {
    assertThat(Outbound.objection(url, false, false)).isEqualTo("The URL must not point to a private or reserved address");
    assertThat(Outbound.objection(url, false, true)).isNull();
  }

  @Test
  void anAddressMappedIntoIpv6CountsAsTheAddressInIt() {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 127, 0, 0, 1};
    assertThat(AddressRules.allows(mapped, false)).isFalse();
    mapped[12] = 1;
    assertThat(AddressRules.allows(mapped, false)).isTrue();
    byte[] metadata = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 169, (byte) 254, (byte) 169, (byte) 254};
    assertThat(AddressRules.allows(metadata, true)).isFalse();
  }
}
