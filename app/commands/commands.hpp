// Every verb of the command line, one file each.
#pragma once

namespace regdata::app {

class CommandLine;

void add_init(CommandLine& line);        ///< init
void add_config(CommandLine& line);      ///< config check | show
void add_doctor(CommandLine& line);      ///< doctor
void add_run(CommandLine& line);         ///< run
void add_serve(CommandLine& line);       ///< serve
void add_import(CommandLine& line);      ///< import
void add_publish(CommandLine& line);     ///< publish
void add_lookup(CommandLine& line);      ///< lookup
void add_explain(CommandLine& line);     ///< explain
void add_choice(CommandLine& line);      ///< choice add | withdraw | list | history
void add_policy(CommandLine& line);      ///< policy check | diff
void add_relay(CommandLine& line);       ///< relay deliver | keys
void add_selftest(CommandLine& line);    ///< selftest
void add_deposit(CommandLine& line);     ///< deposit keys | header-map
void add_epp(CommandLine& line);         ///< epp hello | check | info | create | … | journal | sandbox
void add_sync(CommandLine& line);        ///< sync, sync status | drift | messages
void add_db(CommandLine& line);          ///< db migrate | backup | rotate-keys | adopt | erase
void add_completion(CommandLine& line);  ///< completion bash | zsh | fish (hidden: for packagers)

}  // namespace regdata::app
