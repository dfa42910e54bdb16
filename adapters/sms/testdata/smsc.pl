# A message centre of Net::SMPP, as independent peer of the adapter: it takes one session, answers two messages, writes a
# receipt for the first and sends a citizen's message, and ends when it was answered. It tells what it saw on its output.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34) or die "listening: $!";
print "port ", $listener->sockport, "\n";
my $session = $listener->accept or die "accepting: $!";
my ($taken, $answered) = (0, 0);
while (my $pdu = $session->read_pdu) {
    my $cmd = $pdu->{cmd};
    if ($cmd == Net::SMPP::CMD_bind_transceiver) {
        print "bind $pdu->{system_id} $pdu->{password}\n";
        $session->bind_transceiver_resp(seq => $pdu->{seq}, system_id => 'perl', status => 0);
    } elsif ($cmd == Net::SMPP::CMD_submit_sm) {
        my $id = sprintf '%08X', 4660 + $taken++;
        print "submit $pdu->{destination_addr} $pdu->{data_coding} ", unpack('H*', $pdu->{short_message}), "\n";
        $session->submit_sm_resp(seq => $pdu->{seq}, message_id => $id, status => 0);
        next if $taken != 1;
        $session->deliver_sm(
            async => 1, esm_class => 4, source_addr => $pdu->{destination_addr}, source_addr_ton => 1, source_addr_npi => 1,
            destination_addr => $pdu->{source_addr},
            short_message => 'id:0000004660 sub:001 dlvrd:001 submit date:2611031019 done date:2611031020 stat:DELIVRD err:000 text:Gentile',
        );
        $session->deliver_sm(
            async => 1, source_addr => '393331000001', source_addr_ton => 1, source_addr_npi => 1,
            destination_addr => $pdu->{source_addr}, short_message => "Grazie, \x05 tutto",
        );
    } elsif ($cmd == Net::SMPP::CMD_enquire_link) {
        $session->enquire_link_resp(seq => $pdu->{seq}, status => 0);
    } elsif ($cmd == Net::SMPP::CMD_deliver_sm_resp) {
        print "answered $pdu->{status}\n";
    } elsif ($cmd == Net::SMPP::CMD_unbind) {
        print "unbind\n";
        $session->unbind_resp(seq => $pdu->{seq}, status => 0);
        last;
    }
}
