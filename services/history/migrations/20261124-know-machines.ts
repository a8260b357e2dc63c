// Which machine an actor runs, of the versions that are hosted.
import { Migration } from '@mikro-orm/migrations'

export class KnowMachines extends Migration {
  override name = '20261124_know_machines'

  override up(): void {
    this.addSql(`alter table "actors" add column "machine" text null`)
  }

  override down(): void {
    this.addSql(`alter table "actors" drop column "machine"`)
  }
}
