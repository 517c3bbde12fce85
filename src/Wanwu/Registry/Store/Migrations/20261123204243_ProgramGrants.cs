using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Wanwu.Registry.Store.Migrations
{
    /// <inheritdoc />
    public partial class ProgramGrants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // What programs may is in their grants.
            migrationBuilder.Sql("ALTER TABLE Programs DROP COLUMN Roles;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE Programs ADD COLUMN Roles TEXT NOT NULL DEFAULT '[]';");
        }
    }
}
