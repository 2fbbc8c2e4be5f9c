import "@mantine/core/styles.layer.css"
import "@mantine/notifications/styles.layer.css"
import "./ui/tokens.css"
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core"
import { Notifications } from "@mantine/notifications"
import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { client } from "./client.ts"
import { router } from "./router.tsx"
import { cssVariables, theme } from "./ui/theme.ts"

const root = document.getElementById("root")
if (!root) throw new Error("index.html has no #root to show the console in")

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: "belay-theme" })}
    >
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" limit={3} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
