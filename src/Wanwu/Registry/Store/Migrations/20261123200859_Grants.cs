using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Wanwu.Registry.Store.Migrations
{
    /// <inheritdoc />
    public partial class Grants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Grants",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    SubjectKind = table.Column<string>(type: "TEXT", nullable: false),
                    Subject = table.Column<Guid>(type: "TEXT", nullable: false),
                    Role = table.Column<string>(type: "TEXT", nullable: false),
                    Organisation = table.Column<string>(type: "TEXT", nullable: true),
                    Region = table.Column<string>(type: "TEXT", nullable: true),
                    Sector = table.Column<string>(type: "TEXT", nullable: true),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    Expires = table.Column<long>(type: "INTEGER", nullable: true),
                    Ended = table.Column<long>(type: "INTEGER", nullable: true),
                    EndedBy = table.Column<string>(type: "TEXT", nullable: true),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Grants", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Grants_Sequence",
                table: "Grants",
                column: "Sequence");

            migrationBuilder.CreateIndex(
                name: "IX_Grants_Subject",
                table: "Grants",
                column: "Subject");

            // What people and tokens held they hold from now on by grants over everything.
            migrationBuilder.Sql("""
                INSERT INTO Grants (Id, SubjectKind, Subject, Role, Created, CreatedBy, Sequence)
                SELECT upper(substr(r.h, 1, 8) || '-' || substr(r.h, 9, 4) || '-4' || substr(r.h, 14, 3) || '-8' || substr(r.h, 18, 3) || '-' || substr(r.h, 21, 12)),
                    'Person', r.Subject, r.Role, CAST(unixepoch('subsec') * 1000000 AS INTEGER), 'upgrade', (SELECT Last + 1 FROM ChangeCounter)
                FROM (SELECT hex(randomblob(16)) AS h, p.Id AS Subject, role.value AS Role FROM People p, json_each(p.Roles) role) r;
                """);
            migrationBuilder.Sql("""
                INSERT INTO Grants (Id, SubjectKind, Subject, Role, Created, CreatedBy, Ended, EndedBy, Sequence)
                SELECT Id, 'Program', Id, Role, Created, 'upgrade', Revoked, CASE WHEN Revoked IS NULL THEN NULL ELSE 'end of the token' END, (SELECT Last + 1 FROM ChangeCounter)
                FROM AccessTokens WHERE Role <> '';
                """);
            migrationBuilder.Sql("UPDATE ChangeCounter SET Last = Last + 1;");
            migrationBuilder.Sql("ALTER TABLE People DROP COLUMN Roles;");
            migrationBuilder.Sql("ALTER TABLE AccessTokens DROP COLUMN Role;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE People ADD COLUMN Roles TEXT NOT NULL DEFAULT '[]';");
            migrationBuilder.Sql("ALTER TABLE AccessTokens ADD COLUMN Role TEXT NOT NULL DEFAULT 'viewer';");
            migrationBuilder.Sql("UPDATE People SET Roles = (SELECT json_group_array(DISTINCT g.Role) FROM Grants g WHERE g.Subject = People.Id AND g.Ended IS NULL AND g.Organisation IS NULL AND g.Region IS NULL AND g.Sector IS NULL);");
            migrationBuilder.Sql("UPDATE AccessTokens SET Role = coalesce((SELECT g.Role FROM Grants g WHERE g.Subject = AccessTokens.Id ORDER BY g.Id LIMIT 1), 'viewer');");

            migrationBuilder.DropTable(
                name: "Grants");
        }
    }
}
