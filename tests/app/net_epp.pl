#!/usr/bin/perl
# Drives a registry with Debian's Net::EPP, which nobody here wrote: each step must be answered as it says.
# Usage: net_epp.pl PORT PASSWORD-FILE AUTHORITY
use strict;
use warnings;
use Net::EPP::Simple;

my ($port, $file, $authority) = @ARGV;
open(my $in, '<', $file) or die "$file: $!";
chomp(my $word = <$in>);
close($in);

sub connected {
  my ($password) = @_;
  return Net::EPP::Simple->new(host => 'localhost', port => $port, user => 'REG-SANDBOX', pass => $password, verify => 1,
                               ca_file => $authority, timeout => 5, reconnect => 0, quiet => 1);
}

sub expect {
  my ($what, $is, $should) = @_;
  die "$what: " . ($is // 'nothing') . ", expected $should; $Net::EPP::Simple::Code $Net::EPP::Simple::Message\n"
    if !defined($is) || $is ne $should;
  print "$what ok\n";
}

my $wrong = connected('not-the-word');
expect('a wrong password', $Net::EPP::Simple::Code, 2200);
my $epp = connected($word) or die "no login: $Net::EPP::Simple::Error\n";
expect('check of a free name', $epp->check_domain('bluehen.example'), 1);
my $contact = {id => 'C-17', voice => '+49.301234567', email => 'hen@bluehen.example', authInfo => 's3cr3t-word',
               postalInfo => {int => {name => "O'Brien & <\"Hen\">", org => '', addr =>
                                        {street => ['Henway 1'], city => 'Berlin', cc => 'DE'}}}};
$epp->create_contact($contact);
expect('create of a contact', $Net::EPP::Simple::Code, 1000);
$epp->create_contact($contact);
expect('create of the same', $Net::EPP::Simple::Code, 2302);
$epp->create_host({name => 'ns1.other.example', addrs => [{ip => '192.0.2.1', version => 'v4'}]});
expect('create of a host', $Net::EPP::Simple::Code, 1000);
my $domain = {name => 'bluehen.example', period => 1, registrant => 'C-17', ns => ['ns1.other.example'], authInfo => 's3cr3t-word',
              contacts => {admin => 'C-17', tech => 'C-17', billing => 'C-17'}};
$epp->create_domain($domain);
expect('create of a domain', $Net::EPP::Simple::Code, 1000);
expect('check of a taken name', $epp->check_domain('bluehen.example'), 0);
my $info = $epp->domain_info('bluehen.example');
expect('registrant', $info->{registrant}, 'C-17');
expect('sponsor', $info->{clID}, 'REG-SANDBOX');
expect('name server', $info->{ns}->[0], 'ns1.other.example');
my $person = $epp->contact_info('C-17');
expect('name of the contact', $person->{postalInfo}->{int}->{name}, "O'Brien & <\"Hen\">");
my $day = substr($info->{exDate}, 0, 10);
$epp->renew_domain({name => 'bluehen.example', cur_exp_date => $day, period => 1});
expect('renew', $Net::EPP::Simple::Code, 1000);
$epp->renew_domain({name => 'bluehen.example', cur_exp_date => $day, period => 1});
expect('renew with the old date', $Net::EPP::Simple::Code, 2004);
$epp->update_domain({name => 'bluehen.example', add => {status => {clientHold => 'rehearsal'}}});
expect('update', $Net::EPP::Simple::Code, 1000);
$epp->delete_host('ns1.other.example');
expect('delete of a host in use', $Net::EPP::Simple::Code, 2305);
$epp->logout;
print "all ok\n";
