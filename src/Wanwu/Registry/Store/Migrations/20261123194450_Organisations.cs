using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Wanwu.Registry.Store.Migrations
{
    /// <inheritdoc />
    public partial class Organisations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Organisations",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    NameHant = table.Column<string>(type: "TEXT", nullable: true),
                    NameHans = table.Column<string>(type: "TEXT", nullable: true),
                    NameEn = table.Column<string>(type: "TEXT", nullable: true),
                    ParentId = table.Column<string>(type: "TEXT", nullable: true),
                    Uscc = table.Column<string>(type: "TEXT", nullable: true),
                    Sector = table.Column<string>(type: "TEXT", nullable: true),
                    IsRemoved = table.Column<bool>(type: "INTEGER", nullable: false),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    Changed = table.Column<long>(type: "INTEGER", nullable: false),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Organisations", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Organisations_Organisations_ParentId",
                        column: x => x.ParentId,
                        principalTable: "Organisations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Organisations_ParentId",
                table: "Organisations",
                column: "ParentId");

            migrationBuilder.CreateIndex(
                name: "IX_Organisations_Sequence",
                table: "Organisations",
                column: "Sequence");

            migrationBuilder.CreateIndex(
                name: "IX_Organisations_Uscc",
                table: "Organisations",
                column: "Uscc",
                unique: true,
                filter: "Uscc IS NOT NULL AND IsRemoved = 0");

            // What things, retention policies and legal holds name becomes an organisation, its id its name.
            migrationBuilder.Sql("""
                INSERT INTO Organisations (Id, NameHant, NameHans, NameEn, IsRemoved, Created, Changed, Revision, Sequence)
                SELECT Id, Id, Id, Id, 0, min(Created), min(Created), 1, 0 FROM (
                    SELECT Organisation AS Id, Created FROM Things
                    UNION ALL SELECT json_extract(Json, '$.organisation'), Made FROM RetentionPolicyVersions WHERE Json IS NOT NULL AND Cancelled IS NULL
                    UNION ALL SELECT o.value, h.Placed FROM LegalHolds h, json_each(h.Json, '$.organisations') o WHERE h.Lifted IS NULL)
                WHERE Id IS NOT NULL GROUP BY Id
                """);
            // Until now a name that goes on after a stroke was below the shorter one.
            migrationBuilder.Sql("""
                UPDATE Organisations SET ParentId = (
                    SELECT above.Id FROM Organisations above
                    WHERE substr(Organisations.Id, 1, length(above.Id) + 1) = above.Id || '/' ORDER BY length(above.Id) DESC LIMIT 1)
                WHERE instr(Id, '/') > 0
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Organisations");
        }
    }
}
