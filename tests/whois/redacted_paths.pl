#!/usr/bin/perl
# RFC 9537 §4.2 by a JSONPath implementation that nobody here wrote (Debian's libjson-path-perl): what was removed matches
# nothing, what was emptied or replaced matches something.
#
# Usage: redacted_paths.pl FILE...
use strict;
use warnings;
use JSON::PP;
use JSON::Path::Evaluator;

my ($answers, $paths, $failures) = (0, 0, 0);

sub check {
  my ($file, $answer, $name, $member, $path, $some) = @_;
  my $found = eval { my @values = JSON::Path::Evaluator::evaluate_jsonpath($answer, $path); scalar @values };
  $paths++;
  return if defined $found && ($found > 0) == $some;
  $failures++;
  my $what = defined $found ? "matches $found places" : "cannot be read: $@";
  print STDERR "$file: $name: $member $path $what\n";
}

for my $file (@ARGV) {
  open my $handle, '<:raw', $file or die "$file: $!\n";
  my $answer = JSON::PP->new->utf8->decode(do { local $/; <$handle> });
  $answers++ if $answer->{redacted};
  for my $entry (@{ $answer->{redacted} || [] }) {
    my $name = $entry->{name}{type} // $entry->{name}{description};
    my $method = $entry->{method};
    if (defined $entry->{prePath}) { check($file, $answer, $name, 'prePath', $entry->{prePath}, 0) }
    for my $member ('postPath', 'replacementPath') {
      check($file, $answer, $name, $member, $entry->{$member}, 1) if defined $entry->{$member};
    }
    if ($method ne 'removal' && !defined $entry->{postPath} && !defined $entry->{replacementPath}) {
      $failures++;
      print STDERR "$file: $name: $method without a path\n";
    }
  }
}
print "$answers answers, $paths paths, $failures failures\n";
exit($failures || $answers < 40 || $paths < 400 ? 1 : 0);
